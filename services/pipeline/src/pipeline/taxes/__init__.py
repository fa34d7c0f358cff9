"""Value-added tax 增值税: rates as data with validity, and how amounts are split and rounded."""
