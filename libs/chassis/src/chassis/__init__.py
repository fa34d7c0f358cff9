"""How any service of ours runs: the write path, the event log, the consumers, the HTTP door.

No business word lives here, and nothing that fewer than two services use.
"""
