"""Invoices 开票: requested, issued with a number, reversed by red invoices."""
