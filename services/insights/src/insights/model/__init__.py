"""Rules of tiers and alerts. Plain Python: no framework, no driver, no clock."""
