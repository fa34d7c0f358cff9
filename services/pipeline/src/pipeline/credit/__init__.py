"""Credit 信用: what a customer or its group may owe us, what it owes, and who says no."""
