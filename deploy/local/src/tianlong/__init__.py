"""The one-command runtime of Tianlong (天龙): MongoDB, Kafka and its five processes."""
