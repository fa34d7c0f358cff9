"""Opportunities 商机: deals, the gates they pass, and what is known of them."""
