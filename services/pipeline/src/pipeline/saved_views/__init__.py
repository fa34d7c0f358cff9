"""Saved views 视图: a list's filters, columns and order under a name, for oneself or shared."""
