"""The fold's machinery: raw Kafka batches in, one fenced transaction per round out.

`loop` reads and hands out slices, `slices` folds and stores them, `partitions` holds the states of
an owned partition in memory, `progress` knows how far everything is, `generations` and `rebuild`
fold a second copy beside the first.
"""
