"""What can be done with tenders. A bid handed in, a shortlist and an award are evidence."""

from datetime import date, datetime, timedelta
from typing import Any

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approvals.commands import request_approval, void_approvals
from pipeline.approvals.model import APPROVED, Approval, Paper
from pipeline.evidence.commands import note_fact
from pipeline.evidence.model import Evidence
from pipeline.holders import holder_for
from pipeline.moments import beginning_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.tenders.model import (
    PAID,
    SUBMITTED,
    WON,
    Bid,
    Bidder,
    Bond,
    Tender,
    TenderTerms,
    record_tender,
)
from pipeline.tenders.store import TENDERS

KIND, BOND_DUE, WRITE = "bid", "tender_bond", "tenders:write"


async def record_new_tender(
    work: Work, opportunity_id: str, terms: TenderTerms, bid: Bid | None
) -> Tender:
    """Of a deal; whoever sees that sees this."""
    deal = await reach(work, OPPORTUNITIES, opportunity_id, "opportunities:read")
    if deal.customer_id is None:
        raise _wrong("/opportunity_id", "no-customer", "商机没有客户", "has no customer yet")
    holder = await holder_for(work, deal.owner_id or acting_staff(work), WRITE)
    return work.add(
        TENDERS,
        record_tender(
            identifier=new_id(),
            customer_id=deal.customer_id,
            opportunity_id=deal.id,
            owner_id=holder.staff_id,
            team_id=holder.team_id,
            region=holder.region,
            collaborator_ids=list(deal.collaborator_ids),
            terms=terms,
            bid=bid,
        ),
    )


async def change_tender(
    work: Work, identifier: str, terms: dict[str, Any], bid: Bid | None
) -> Tender:
    """What was approved was approved as it stood."""
    tender = await reach(work, TENDERS, identifier, WRITE)
    if tender.change(terms, bid):
        await void_approvals(work, KIND, tender.id, "the bid was changed")
    return tender


async def submit_bid(work: Work, identifier: str, note: str | None) -> Tender:
    tender = await reach(work, TENDERS, identifier, WRITE)
    bid = tender.submit()
    paper = Paper(
        kind=KIND,
        id=tender.id,
        fingerprint=tender.fingerprint,
        title=f"{tender.terms.number} {tender.terms.title}",
        opportunity_id=tender.opportunity_id,
        customer_id=tender.customer_id,
        owner_id=tender.owner_id or "",
        amount=bid.amount,
    )
    if await request_approval(work, paper, note) is None:
        tender.approve(None, by_rule=True)
    return tender


async def take_decision(work: Work, approval: Approval) -> None:
    """What came of an approval; told in its own unit of work."""
    tender = await work.load(TENDERS, approval.paper_id)
    if tender.status == SUBMITTED:
        approval.require_unchanged(tender.fingerprint)
    if approval.outcome == APPROVED:
        tender.approve(approval.decided_by)
    else:
        tender.be_refused(approval.outcome or "", approval.decided_by, approval.comment)


async def hand_in_bid(work: Work, identifier: str, at: datetime | None) -> Tender:
    tender = await reach(work, TENDERS, identifier, "tenders:hand-in")
    if at is not None and at > work.now:
        raise _wrong("/handed_in_at", "in-future", "不能晚于现在", "is in the future")
    tender.hand_in(at or work.now)
    await _prove(work, tender, "formal_offer_sent")
    return tender


async def open_bids(work: Work, identifier: str, bidders: list[Bidder]) -> Tender:
    tender = await reach(work, TENDERS, identifier, WRITE)
    tender.open(bidders)
    return tender


async def shortlist_bid(
    work: Work, identifier: str, on: date | None, file_id: str | None
) -> Tender:
    tender = await reach(work, TENDERS, identifier, WRITE)
    tender.shortlist(_past("/shortlisted_on", on, work.today), file_id)
    await _prove(work, tender, "shortlisted")
    return tender


async def decide_tender(
    work: Work,
    identifier: str,
    result: str,
    on: date | None,
    *,
    bidders: list[Bidder],
    file_id: str | None,
    reason: str | None,
) -> Tender:
    tender = await reach(work, TENDERS, identifier, WRITE)
    decided_on = _past("/decided_on", on, work.today)
    tender.decide(result, decided_on, bidders=bidders, file_id=file_id, reason=reason)
    await void_approvals(work, KIND, tender.id, f"the tender is {result}")
    if result == WON and tender.shortlisted_on is None:
        await _prove(work, tender, "shortlisted")
    return tender


async def pay_bid_bond(work: Work, identifier: str, bond: Bond) -> Tender:
    tender = await reach(work, TENDERS, identifier, "tenders:manage-bond")
    _past("/paid_on", bond.paid_on, work.today)
    tender.pay_bond(bond)
    if bond.due_back_on is not None:
        late = beginning_of(bond.due_back_on + timedelta(days=1), work.company.timezone)
        set_timer(work, BOND_DUE, tender.id, late)
    return tender


async def end_bid_bond(
    work: Work, identifier: str, state: str, on: date | None, reason: str | None
) -> Tender:
    tender = await reach(work, TENDERS, identifier, "tenders:manage-bond")
    tender.end_bond(state, _past("/on", on, work.today), reason)
    cancel_timer(work, BOND_DUE, tender.id)
    return tender


async def on_bond_due(work: Work, timer: Timer) -> None:
    tender = await work.find(TENDERS, timer.subject)
    if tender is not None and tender.bond is not None and tender.bond.state == PAID:
        tender.miss_bond()


async def _prove(work: Work, tender: Tender, kind: str) -> None:
    await note_fact(
        work,
        Evidence(
            id=f"{kind}:{tender.id}",
            kind=kind,
            event_id=tender.position,
            at=work.now,
            customer_id=tender.customer_id,
            opportunity_ids=[tender.opportunity_id],
        ),
    )


def _past(pointer: str, on: date | None, today: date) -> date:
    if on is not None and on > today:
        raise _wrong(pointer, "in-future", "不能晚于今天", "is after today")
    return on or today


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(copies.field_error(pointer, code, zh, en))
