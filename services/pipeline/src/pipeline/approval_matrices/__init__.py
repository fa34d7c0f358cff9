"""Approval matrices 审批矩阵: who is asked about which papers, as versioned data."""
