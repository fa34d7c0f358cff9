"""What is published about payment milestones."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.payment_milestones import model

EVENTS: EventTable = {
    model.PaymentMilestonePlanned: wire.PaymentMilestonePlanned,
    model.PaymentMilestoneDue: wire.PaymentMilestoneDue,
    model.PaymentMilestoneSettled: wire.PaymentMilestoneSettled,
    model.PaymentMilestoneReopened: wire.PaymentMilestoneReopened,
    model.PaymentMilestoneOverdue: wire.PaymentMilestoneOverdue,
    model.PaymentMilestoneCancelled: wire.PaymentMilestoneCancelled,
}
