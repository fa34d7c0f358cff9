"""Leads 线索: somebody shows interest; who answers, how fast, and what becomes of it."""
