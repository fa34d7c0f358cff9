"""Quotes 报价: revised, compared, approved, sent; accepted, rejected or expired."""
