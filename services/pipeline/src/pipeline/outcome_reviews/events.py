"""What is published about win/loss reviews: a contract of the same name for every fact."""

from chassis.events import EventTable
from contracts import pipeline as wire

from pipeline.outcome_reviews import model

EVENTS: EventTable = {
    model.OutcomeReviewOpened: wire.OutcomeReviewOpened,
    model.OutcomeReviewHeld: wire.OutcomeReviewHeld,
    model.OutcomeReviewOverdue: wire.OutcomeReviewOverdue,
    model.OutcomeReviewCancelled: wire.OutcomeReviewCancelled,
}
