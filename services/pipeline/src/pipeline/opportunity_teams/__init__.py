"""Opportunity teams 商机团队: who plays which part in a deal, stage by stage, and who leads."""
