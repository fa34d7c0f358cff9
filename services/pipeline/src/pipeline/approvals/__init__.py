"""Approvals 审批 of papers: a matrix says who is asked, in which order."""
