"""Win/loss review 成交管理: why a deal was won or lost, and what is learned from it."""
