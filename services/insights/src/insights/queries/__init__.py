"""Reading: figures from cells, tiers and alerts within the caller's rights."""
