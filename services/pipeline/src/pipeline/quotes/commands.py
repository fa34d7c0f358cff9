"""What can be done with quotes. A quote that was sent is evidence; one accepted is the deal's
amount."""

from dataclasses import dataclass
from datetime import date, timedelta

from chassis.ids import new_id
from chassis.problems import ValidationFailed
from chassis.timers import Timer, cancel_timer, set_timer
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.approvals.commands import request_approval, void_approvals
from pipeline.approvals.model import Approval, Paper
from pipeline.documents.issuing import issue_paper
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence
from pipeline.holders import holder_for
from pipeline.moments import beginning_of
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.quotes import drafting
from pipeline.quotes.drafting import GivenOffer, Policy
from pipeline.quotes.model import Quote, draft_quote
from pipeline.quotes.store import QUOTES, accepted_of
from pipeline.rates.queries import converted

KIND = "quote"
EXPIRY = "quote_expiry"
WRITE = "quotes:write"


@dataclass(frozen=True, kw_only=True)
class NewQuote:
    """For a deal, or for a customer without one."""

    offer: GivenOffer
    title: str | None = None
    customer_id: str | None = None
    opportunity_id: str | None = None


async def draft_new_quote(work: Work, given: NewQuote, policy: Policy) -> Quote:
    """Of a deal it takes customer, owner and who else sees it.

    Raises:
        ValidationFailed: an unknown customer, deal, product; what no offer may say.
        ExchangeRateUnknown: something is priced in a currency without a rate.
    """
    customer_id, owner_id, title = given.customer_id, acting_staff(work), given.title
    shared_with: list[str] = []
    if given.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, given.opportunity_id, "opportunities:read")
        customer_id, owner_id = customer_id or deal.customer_id, deal.owner_id or ""
        shared_with, title = list(deal.collaborator_ids), title or deal.terms.name
    customer = None if customer_id is None else await copies.customer(work, customer_id)
    if customer is None or customer_id is None:
        raise ValidationFailed(copies.unknown("/customer_id", "客户", "customer"))
    holder = await holder_for(work, owner_id, WRITE)
    offer = await drafting.drafted(work, given.offer, customer_id, policy)
    identifier = new_id()
    quote = draft_quote(
        identifier=identifier,
        number=f"QT{work.today:%Y%m%d}-{identifier[-6:].upper()}",
        title=title or str(customer["name"]),
        customer_id=customer_id,
        opportunity_id=given.opportunity_id,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=shared_with,
        offer=offer,
        bases=await drafting.bases_of(work, offer, customer_id),
    )
    return work.add(QUOTES, quote)


async def change_quote(work: Work, identifier: str, given: GivenOffer, policy: Policy) -> Quote:
    """Any change of price, term or quantity voids its approval."""
    quote = await reach(work, QUOTES, identifier, WRITE)
    offer = await drafting.changed(work, quote.offer, given, quote.customer_id, policy)
    if quote.change(offer, await drafting.bases_of(work, offer, quote.customer_id)):
        await void_approvals(work, KIND, quote.id, "the quote was changed")
    return quote


async def submit_quote(work: Work, identifier: str, note: str | None) -> Quote:
    """Ask for approval; where the matrix asks nobody, it is approved by rule."""
    quote = await reach(work, QUOTES, identifier, WRITE)
    await drafting.require_sendable(work, quote.offer)
    quote.submit(
        acting_staff(work) or work.actor,
        await drafting.bases_of(work, quote.offer, quote.customer_id),
    )
    if await request_approval(work, _paper(quote), note) is None:
        quote.approve_by_rule()
    return quote


async def take_decision(work: Work, approval: Approval) -> Quote:
    """What came of an approval; told in its own unit of work."""
    quote = await work.load(QUOTES, approval.paper_id)
    if approval.outcome == "approved":
        quote.approve(approval.fingerprint, approval.decided_by, approval.comment)
    elif approval.outcome == "refused":
        quote.refuse(approval.decided_by, approval.comment)
    else:
        quote.take_back(approval.outcome or "", approval.decided_by, approval.comment)
    return quote


async def send_quote(work: Work, identifier: str, on: date | None) -> Quote:
    """Sent to the customer; from then on it is revised, not changed. It expires by itself."""
    quote = await reach(work, QUOTES, identifier, "quotes:send")
    sent_on = on or work.today
    _require_past("/sent_on", sent_on, work.today)
    quote.send(sent_on)
    await drafting.require_sendable(work, quote.offer)
    await issue_paper(work, quote)
    for kind in _proves(quote):
        await note_fact(
            work,
            Evidence(
                id=_evidence_id(kind, quote),
                kind=kind,
                event_id=quote.position,
                at=work.now,
                customer_id=quote.customer_id,
                opportunity_ids=[quote.opportunity_id] if quote.opportunity_id else [],
            ),
        )
    after = quote.offer.valid_until + timedelta(days=1)
    set_timer(work, EXPIRY, quote.id, beginning_of(after, work.company.timezone))
    return quote


async def accept_quote(work: Work, identifier: str, on: date | None) -> Quote:
    """The customer accepts: it is what the deal is worth, in place of one accepted before."""
    quote = await reach(work, QUOTES, identifier, WRITE)
    accepted_on = on or work.today
    _require_past("/accepted_on", accepted_on, work.today)
    quote.accept(accepted_on)
    cancel_timer(work, EXPIRY, quote.id)
    if quote.opportunity_id is not None:
        await work.guard(f"accepted-quote:{quote.opportunity_id}")
        for earlier in await accepted_of(work, quote.opportunity_id):
            earlier.supersede(quote.id)
        deal = await work.load(OPPORTUNITIES, quote.opportunity_id)
        deal.take_amount("quote", await converted(work, quote.total.net, accepted_on))
    return quote


async def reject_quote(work: Work, identifier: str, reasons: list[str], note: str | None) -> Quote:
    quote = await reach(work, QUOTES, identifier, WRITE)
    quote.reject(reasons, note)
    cancel_timer(work, EXPIRY, quote.id)
    return quote


async def withdraw_quote(work: Work, identifier: str, reason: str) -> Quote:
    """It proves nothing any more, and nobody need approve it."""
    quote = await reach(work, QUOTES, identifier, WRITE)
    if quote.withdraw(reason):
        await void_approvals(work, KIND, quote.id, "the quote was withdrawn")
    cancel_timer(work, EXPIRY, quote.id)
    for kind in _proves(quote):
        evidence_id = _evidence_id(kind, quote)
        await withdraw_fact(work, evidence_id, quote.position, "the quote was withdrawn")
    return quote


async def revise_quote(work: Work, identifier: str) -> Quote:
    """Begin the next revision; the one before stays as it was issued."""
    quote = await reach(work, QUOTES, identifier, WRITE)
    quote.revise()
    cancel_timer(work, EXPIRY, quote.id)
    return quote


async def expire_quote(work: Work, timer: Timer) -> None:
    """Its validity has ended, and the customer has said nothing."""
    quote = await work.find(QUOTES, timer.subject)
    if quote is not None:
        quote.expire()


def _paper(quote: Quote) -> Paper:
    assessment = quote.assessment
    return Paper(
        kind=KIND,
        id=quote.id,
        fingerprint=quote.fingerprint,
        title=f"{quote.number}-{quote.revision} {quote.title}",
        owner_id=quote.owner_id or "",
        opportunity_id=quote.opportunity_id,
        customer_id=quote.customer_id,
        amount=quote.total.net,
        discount=assessment.discount,
        margin=assessment.margin,
        is_below_floor=assessment.is_below_floor,
    )


def _proves(quote: Quote) -> list[str]:
    return ["quote_sent", "formal_offer_sent"] if quote.offer.is_formal else ["quote_sent"]


def _evidence_id(kind: str, quote: Quote) -> str:
    return f"{kind}:{quote.id}-{quote.revision}"


def _require_past(pointer: str, on: date, today: date) -> None:
    if on > today:
        raise ValidationFailed(
            copies.field_error(pointer, "in-future", "不能晚于今天", "is after today")
        )
