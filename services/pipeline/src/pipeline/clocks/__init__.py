"""Clocks: the 1-15-30 rule. How long a deal has made no progress, and what is due about it."""
