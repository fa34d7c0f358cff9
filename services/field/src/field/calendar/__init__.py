"""The working calendar 工作日历: which days the company works, and at which hours."""
