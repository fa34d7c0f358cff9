"""Statements of account 对账单: what moved between a customer and us, and who agreed to it."""
