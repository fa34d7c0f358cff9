"""The ordinary Kafka door: the copy of staff and teams. Everything else enters by the stream."""

from chassis import organisation

SUBSCRIPTIONS = [organisation.subscription(follow=["tiers", "alerts"])]
