"""One step of the fold: which fact changes which state how, and what a state counts for."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from contracts import customers as customers_wire
from contracts import pipeline as pipeline_wire
from contracts.envelope import BY_PAYLOAD, Event

from insights.fold import customers, deals, follow_ups, hand_overs, orders, products
from insights.fold.deals import Contribution
from insights.fold.inputs import Input
from insights.fold.orders import Share
from insights.timers import Satisfied, Timer, needs_mark

State = (
    deals.Deal
    | orders.Order
    | follow_ups.FollowUp
    | hand_overs.HandOver
    | customers.Customer
    | products.Product
)


class Unfoldable(Exception):
    """The payload is not what its type promises: the message is held."""


class Kind(NamedTuple):
    """A followed aggregate: how its state begins, and what a state stands for."""

    state: type[Any]
    contribution: Callable[[Any], Contribution | None] = lambda _state: None
    shares: Callable[[Any], list[Share]] = lambda _state: []
    timers: Callable[[str, Any], list[Timer]] = lambda _id, _state: []


KINDS: dict[str, Kind] = {
    deals.AGGREGATE: Kind(deals.Deal, contribution=deals.contribution, timers=deals.timers),
    orders.AGGREGATE: Kind(orders.Order, shares=orders.shares),
    follow_ups.AGGREGATE: Kind(follow_ups.FollowUp, timers=follow_ups.timers),
    hand_overs.AGGREGATE: Kind(hand_overs.HandOver, timers=hand_overs.timers),
    customers.AGGREGATE: Kind(customers.Customer),
    products.AGGREGATE: Kind(products.Product),
}

FACTS: dict[type[Event], Callable[[Any, Input, Any], State]] = {
    pipeline_wire.OpportunityOpened: deals.opened,
    pipeline_wire.OpportunityUpdated: deals.updated,
    pipeline_wire.StageAdvanced: deals.stage_advanced,
    pipeline_wire.StageMovedBack: deals.stage_moved_back,
    pipeline_wire.TemplateVersionChanged: deals.template_version_changed,
    pipeline_wire.MisalignmentChanged: deals.misalignment_changed,
    pipeline_wire.OpportunityOwnerChanged: deals.owner_changed,
    pipeline_wire.OpportunityWon: deals.won,
    pipeline_wire.OpportunityLost: deals.lost,
    pipeline_wire.OpportunityReopened: deals.reopened,
    pipeline_wire.OpportunityParked: deals.parked,
    pipeline_wire.OpportunityRecheckDue: deals.recheck_due,
    pipeline_wire.OpportunityJudgementDue: deals.judgement_due,
    pipeline_wire.OpportunityDueSettled: deals.due_settled,
    pipeline_wire.FollowUpPlanned: follow_ups.planned,
    pipeline_wire.FollowUpOwnerChanged: follow_ups.owner_changed,
    pipeline_wire.FollowUpDone: follow_ups.done,
    pipeline_wire.FollowUpCancelled: follow_ups.cancelled,
    pipeline_wire.HandOverOpened: hand_overs.opened,
    pipeline_wire.HandOverOverdue: hand_overs.overdue,
    pipeline_wire.HandOverOwnerChanged: hand_overs.owner_changed,
    pipeline_wire.HandOverAccepted: hand_overs.accepted,
    pipeline_wire.HandOverCancelled: hand_overs.cancelled,
    pipeline_wire.OrderPlaced: orders.placed,
    pipeline_wire.OrderDelivered: orders.delivered,
    pipeline_wire.OrderReturned: orders.returned,
    pipeline_wire.OrderCancelled: orders.cancelled,
    pipeline_wire.ProductListed: products.profiled,
    pipeline_wire.ProductUpdated: products.profiled,
    customers_wire.CustomerRegistered: customers.registered,
    customers_wire.CustomerUpdated: customers.updated,
    customers_wire.CustomerOwnerChanged: customers.owner_changed,
}

_BY_TYPE: dict[str, tuple[Callable[[bytes], Any], Callable[[Any, Input, Any], State]]] = {
    BY_PAYLOAD[payload].name: (msgspec.json.Decoder(payload).decode, apply)
    for payload, apply in FACTS.items()
}


class Outputs(NamedTuple):
    """What a step gives off beside the new state."""

    satisfied: list[Satisfied]


_NOTHING = Outputs([])


def begin(aggregate: str) -> State:
    """The state of an aggregate of which nothing was seen."""
    state: State = KINDS[aggregate].state()
    return state


def step(state: State, event: Input) -> tuple[State, Outputs]:
    """Apply the next event of an aggregate; a type that means nothing here only counts.

    Raises:
        Unfoldable: the payload does not decode, or contradicts the state.
    """
    known = _BY_TYPE.get(event.type)
    if known is None:
        return passed_over(state, event.sequence), _NOTHING
    decode, apply = known
    try:
        after = apply(state, event, decode(event.value))
    except (msgspec.MsgspecError, ArithmeticError, ValueError, TypeError, LookupError) as wrong:
        raise Unfoldable(f"{event.type}: {wrong}") from wrong
    return passed_over(after, event.sequence), _given_off(state, after, event)


def passed_over(state: State, sequence: int) -> State:
    """As if the event had no meaning: only the sequence moves on."""
    moved: State = msgspec.structs.replace(state, seq=sequence)
    return moved


def _given_off(before: State, after: State, event: Input) -> Outputs:
    """Timers that this event ended leave a mark where an alert could already stand."""
    kind = KINDS[event.aggregate]
    ran = kind.timers(event.subject, before)
    if not ran:
        return _NOTHING
    runs = {timer.key for timer in kind.timers(event.subject, after)}
    return Outputs(
        [
            Satisfied(key=timer.key, by=event.event_id, at=event.occurred_at)
            for timer in ran
            if timer.key not in runs and needs_mark(timer, event.recorded_at)
        ]
    )


def with_waiting(state: State, count: int) -> State:
    """How many events of this aggregate are kept until an earlier one comes."""
    if state.waiting == count:
        return state
    noted: State = msgspec.structs.replace(state, waiting=count)
    return noted
