"""Agreed prices 协议价: what a customer pays for a product for a time, once that is approved."""
