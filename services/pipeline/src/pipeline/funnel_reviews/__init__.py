"""Funnel reviews 漏斗检查: a superior goes through somebody's deals, weekly, at 15 and 30 days."""
