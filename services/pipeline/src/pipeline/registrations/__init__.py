"""Registrations 报备: whose project it is at a customer, protected for a time."""
