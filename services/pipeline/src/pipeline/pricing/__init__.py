"""Lines of papers 单据明细: what quotes, contracts and orders have in common."""
