"""Deals 商机: their state, what they count for in the sums, when their stage is over its norm."""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from contracts import pipeline as wire
from msgspec.structs import replace

from insights.fold.inputs import Input
from insights.fold.money import cents_of
from insights.timers import (
    BUYER_MISALIGNED,
    JUDGEMENT_DUE,
    LONGEST_DETAIL,
    RECHECK_DUE,
    STAGE_OVER_NORM,
    Timer,
)

AGGREGATE = "opportunity"
OPEN, WON, LOST = "open", "won", "lost"


class Due(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the pipeline told as due, and has not told as settled; `seq` is the event's."""

    seq: int
    at: datetime


class Deal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`owner` is today's; `attributed_*` are those of the fact's time. Dates are ISO strings."""

    seq: int = 0
    waiting: int = 0
    status: str = ""
    name: str = ""
    owner: str | None = None
    attributed_owner: str | None = None
    attributed_team: str | None = None
    attributed_region: str | None = None
    customer: str | None = None
    product: str | None = None
    opened_on: str | None = None
    closed_on: str | None = None
    won_cents: int = 0
    currency: str = ""
    stage: str = ""
    stage_number: int = 0
    norm_days: int | None = None
    stage_seq: int = 0
    stage_since: datetime | None = None
    is_parked: bool = False
    misalignment: int | None = None
    misaligned_seq: int = 0
    misaligned_at: datetime | None = None
    recheck: Due | None = None
    judgement: Due | None = None


class Contribution(NamedTuple):
    """What one deal adds to the sums. `day` is its closing date if closed, else its opening."""

    status: str
    current_owner: str | None
    owner: str | None
    team: str | None
    region: str | None
    product: str | None
    customer: str | None
    day: str | None
    cents: int
    currency: str
    days_to_close: int | None
    stage: str


def contribution(deal: Deal) -> Contribution | None:
    """None until it was opened."""
    if not deal.status:
        return None
    is_closed = deal.status != OPEN
    return Contribution(
        deal.status,
        deal.owner,
        deal.attributed_owner,
        deal.attributed_team,
        deal.attributed_region,
        deal.product,
        deal.customer,
        deal.closed_on if is_closed else deal.opened_on,
        deal.won_cents,
        deal.currency,
        _days_between(deal.opened_on, deal.closed_on) if is_closed else None,
        "" if is_closed else deal.stage,
    )


def timers(deal_id: str, deal: Deal) -> list[Timer]:
    """What is expected of an open deal that is not parked."""
    if deal.status != OPEN or deal.is_parked:
        return []
    return [
        *_norm_timers(deal_id, deal),
        *_alignment_timers(deal_id, deal),
        *_review_timers(deal_id, deal),
    ]


def _review_timers(deal_id: str, deal: Deal) -> list[Timer]:
    """Re-check and judgement 1-15-30: due when the pipeline says so, until it says settled."""
    told = ((RECHECK_DUE, deal.recheck), (JUDGEMENT_DUE, deal.judgement))
    return [
        Timer(
            rule=rule,
            subject=deal_id,
            period=str(due.seq),
            due_at=due.at,
            subject_type=AGGREGATE,
            owner=deal.owner,
            customer=deal.customer,
            opportunity=deal_id,
            facts=[f"{AGGREGATE}:{deal_id}:{due.seq}"],
            details={"name": deal.name[:LONGEST_DETAIL]},
        )
        for rule, due in told
        if due is not None
    ]


def _alignment_timers(deal_id: str, deal: Deal) -> list[Timer]:
    """Seller and buyer too far apart: due at once, until they are together again."""
    if deal.misaligned_at is None:
        return []
    return [
        Timer(
            rule=BUYER_MISALIGNED,
            subject=deal_id,
            period=str(deal.misaligned_seq),
            due_at=deal.misaligned_at,
            subject_type=AGGREGATE,
            owner=deal.owner,
            customer=deal.customer,
            opportunity=deal_id,
            facts=[f"{AGGREGATE}:{deal_id}:{deal.misaligned_seq}"],
            details={
                "name": deal.name[:LONGEST_DETAIL],
                "stage": deal.stage,
                "gap": f"{deal.misalignment:+d}" if deal.misalignment is not None else "?",
            },
        )
    ]


def _norm_timers(deal_id: str, deal: Deal) -> list[Timer]:
    """A deal is expected to leave its stage within the norm."""
    if not deal.norm_days or deal.stage_since is None:
        return []
    return [
        Timer(
            rule=STAGE_OVER_NORM,
            subject=deal_id,
            period=str(deal.stage_seq),
            due_at=deal.stage_since + timedelta(days=deal.norm_days),
            subject_type=AGGREGATE,
            owner=deal.owner,
            customer=deal.customer,
            opportunity=deal_id,
            facts=[f"{AGGREGATE}:{deal_id}:{deal.stage_seq}"],
            details={
                "name": deal.name[:LONGEST_DETAIL],
                "stage": deal.stage,
                "norm_days": str(deal.norm_days),
            },
        )
    ]


def opened(deal: Deal, event: Input, fact: wire.OpportunityOpened) -> Deal:
    terms = fact.terms
    return _entered(
        replace(
            _attributed(deal, event, fact.owner_id),
            status=OPEN,
            name=terms.name,
            owner=fact.owner_id,
            customer=terms.customer_id,
            product=terms.product_id,
            opened_on=fact.opened_on.isoformat() if fact.opened_on else None,
        ),
        event,
        fact.stage,
    )


def updated(deal: Deal, _event: Input, fact: wire.OpportunityUpdated) -> Deal:
    terms = fact.terms
    return replace(deal, name=terms.name, customer=terms.customer_id, product=terms.product_id)


def stage_advanced(deal: Deal, event: Input, fact: wire.StageAdvanced) -> Deal:
    return _entered(deal, event, fact.stage)


def stage_moved_back(deal: Deal, event: Input, fact: wire.StageMovedBack) -> Deal:
    return _entered(deal, event, fact.stage)


def template_version_changed(deal: Deal, event: Input, fact: wire.TemplateVersionChanged) -> Deal:
    """The newer version may number its stage otherwise, with another norm, or have another."""
    if fact.stage.code != deal.stage:
        return _entered(deal, event, fact.stage)
    return replace(deal, stage_number=fact.stage.number, norm_days=fact.stage.norm_days)


def misalignment_changed(deal: Deal, event: Input, fact: wire.MisalignmentChanged) -> Deal:
    if not fact.is_misaligned:
        return replace(deal, misalignment=None, misaligned_at=None)
    return replace(
        deal,
        misalignment=fact.misalignment,
        misaligned_seq=event.sequence,
        misaligned_at=_since(event),
    )


def owner_changed(deal: Deal, event: Input, fact: wire.OpportunityOwnerChanged) -> Deal:
    moved = replace(deal, owner=fact.owner_id)
    # A closed deal stays with whoever closed it; an open one counts for its new owner.
    return _attributed(moved, event, fact.owner_id) if deal.status == OPEN else moved


def won(deal: Deal, event: Input, fact: wire.OpportunityWon) -> Deal:
    return replace(
        _attributed(deal, event, deal.owner),
        status=WON,
        customer=fact.customer_id or deal.customer,
        won_cents=cents_of(fact.amount),
        currency=fact.amount.currency,
        opened_on=fact.opened_on.isoformat() if fact.opened_on else deal.opened_on,
        closed_on=fact.closed_on.isoformat(),
        is_parked=False,
    )


def lost(deal: Deal, event: Input, fact: wire.OpportunityLost) -> Deal:
    return replace(
        _attributed(deal, event, deal.owner),
        status=LOST,
        customer=fact.customer_id or deal.customer,
        opened_on=fact.opened_on.isoformat() if fact.opened_on else deal.opened_on,
        closed_on=fact.closed_on.isoformat(),
        is_parked=False,
    )


def reopened(deal: Deal, event: Input, fact: wire.OpportunityReopened) -> Deal:
    return _entered(
        replace(
            _attributed(deal, event, deal.owner),
            status=OPEN,
            won_cents=0,
            currency="",
            closed_on=None,
        ),
        event,
        fact.stage,
    )


def parked(deal: Deal, event: Input, fact: wire.OpportunityParked) -> Deal:
    if fact.is_parked:
        return replace(deal, is_parked=True)
    # Woken up: the clock of the stage starts anew.
    return replace(deal, is_parked=False, stage_seq=event.sequence, stage_since=_since(event))


def recheck_due(deal: Deal, event: Input, _fact: wire.OpportunityRecheckDue) -> Deal:
    """The pipeline reckoned with holidays and leave: it is due from now on."""
    return replace(deal, recheck=Due(seq=event.sequence, at=event.recorded_at))


def judgement_due(deal: Deal, event: Input, _fact: wire.OpportunityJudgementDue) -> Deal:
    return replace(deal, judgement=Due(seq=event.sequence, at=event.recorded_at))


def due_settled(deal: Deal, _event: Input, fact: wire.OpportunityDueSettled) -> Deal:
    return replace(
        deal,
        recheck=None if "recheck" in fact.settled else deal.recheck,
        judgement=None if "judgement" in fact.settled else deal.judgement,
    )


def _entered(deal: Deal, event: Input, stage: wire.StageRef) -> Deal:
    return replace(
        deal,
        stage=stage.code,
        stage_number=stage.number,
        norm_days=stage.norm_days,
        stage_seq=event.sequence,
        stage_since=_since(event),
    )


def _since(event: Input) -> datetime:
    """Timers of imported records start at the import, not in the past."""
    return event.recorded_at if event.is_imported else event.occurred_at


def _attributed(deal: Deal, event: Input, owner: str | None) -> Deal:
    return replace(
        deal,
        attributed_owner=event.owner or owner,
        attributed_team=event.team,
        attributed_region=event.region,
    )


def _days_between(opened_on: str | None, closed_on: str | None) -> int | None:
    if opened_on is None or closed_on is None:
        return None
    first = datetime.fromisoformat(opened_on)
    return (datetime.fromisoformat(closed_on) - first).days
