"""Visit plans: a day's visits, handed in the evening before and decided by a superior."""
