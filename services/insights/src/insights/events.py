"""From fact to contract: what insights publishes."""

from chassis.events import EventTable
from contracts import insights as wire

from insights.model import alerts, tiers

EVENTS: EventTable = {
    tiers.TierChanged: wire.TierChanged,
    tiers.TierConfirmed: wire.TierConfirmed,
    alerts.AlertRaised: wire.AlertRaised,
    alerts.AlertAcknowledged: wire.AlertAcknowledged,
    alerts.AlertCleared: wire.AlertCleared,
}
