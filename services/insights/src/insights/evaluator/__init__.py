"""What needs all partitions, decided by one elected process: tiers and alerts.

Its inputs are cells, states, timers and marks; its decisions are units of work on insights' own
aggregates, and so facts in the log.
"""
