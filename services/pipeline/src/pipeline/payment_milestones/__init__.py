"""Payment milestones 回款节点: what is to be paid when, and what of it has been."""
