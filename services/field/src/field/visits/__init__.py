"""Visits: being at a customer, and what was done there."""
