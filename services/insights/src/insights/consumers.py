"""The ordinary Kafka door: the copy of staff and teams. Everything else enters by the stream."""

from chassis import organisation

from insights.fold.steps import FACTS

SUBSCRIPTIONS = [organisation.subscription(follow=["tiers", "alerts"])]
# What the stream reads; listed here so that one module tells everything that is listened to.
STREAMED = tuple(FACTS)

# What the stream folds, for whoever asks who listens to what.
STREAMED = tuple(FACTS)
