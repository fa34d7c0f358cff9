"""Contacts: the people at a customer; what is personal of them is encrypted per person."""
