"""Deductions 扣款: what a customer does not pay, and why: rebate, warranty, bad debt, others."""
