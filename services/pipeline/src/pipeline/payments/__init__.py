"""Payments 回款: money received, by order."""
