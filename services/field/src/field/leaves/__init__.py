"""Leave and business trips 请假/出差: when somebody is away, so that nothing waits for them."""
