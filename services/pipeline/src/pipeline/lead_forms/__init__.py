"""Public forms 线索表单: what a page of ours, or of a campaign, may send in without sign-in."""
