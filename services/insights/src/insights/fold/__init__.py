"""The fold: `(state, input) -> (state, outputs)`, pure, the same for live events and for a replay.

`inputs` is the door: a Kafka record as the fold sees it. One module per followed aggregate
(`deals`, `orders`, `follow_ups`, `customers`, `products`) holds its state and what that state
counts for: `cells` (sums of deals), `revenue` (sums of orders), timers. `steps` ties them together.
Nothing here reads a clock, a database or a setting.
"""
