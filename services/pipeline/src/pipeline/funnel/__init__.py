"""The funnel 漏斗: deals by stage on a board, and sums that are kept, not counted anew."""
