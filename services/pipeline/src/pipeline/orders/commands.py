"""How orders come and go. A deal's order is evidence that it is being won.

An order is for lines of its own, for an accepted quote, or drawn on a contract; whichever it is,
the customer's credit has to allow it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from chassis.ids import new_id, stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.contracts.calling_off import drawn_on, give_back
from pipeline.contracts.from_quotes import accepted_quote, chosen_of
from pipeline.contracts.store import CONTRACTS
from pipeline.evidence.commands import note_fact, withdraw_fact
from pipeline.evidence.model import Evidence
from pipeline.holders import holder_for
from pipeline.opportunities.references import unknown_products
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.model import CANCELLED, Order, Part, place_order
from pipeline.orders.receivables import require_credit_for, tell_account
from pipeline.orders.store import ORDERS, is_ordered
from pipeline.pricing.commands import complete_lines
from pipeline.pricing.model import GivenLine, PaperLine
from pipeline.products.model import Line
from pipeline.quotes.model import Quote


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order as it is given. `parts` are of the contract's lines, by their place.

    Of a quote it takes the lines, with the optional ones that `options` names by their place.
    """

    lines: list[Line] = field(default_factory=list)
    paper_lines: list[GivenLine] = field(default_factory=list)
    currency: str | None = None
    parts: list[Part] = field(default_factory=list)
    contract_id: str | None = None
    quote_id: str | None = None
    options: list[int] = field(default_factory=list)
    customer_id: str | None = None
    opportunity_id: str | None = None
    owner_id: str | None = None
    number: str | None = None
    external_id: str | None = None
    placed_on: date | None = None
    delivered_on: date | None = None
    is_history: bool = False
    placed_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass
class _About:
    """Whose order it is, and what stands behind it."""

    customer_id: str | None
    opportunity_id: str | None
    owner_id: str | None
    shared_with: list[str] = field(default_factory=list)
    has_plan: bool = False


async def place_new_order(work: Work, given: NewOrder) -> Order:
    """Of its contract, quote or deal it takes whose it is. History may be delivered already.

    Raises:
        ContractExhausted, QuantityExceeded: the contract leaves less.
        CreditExceeded, CreditBlocked: the customer may not have so much.
        Duplicate: its external id is taken.
        ValidationFailed: an unknown customer, deal, product; a date to come.
    """
    if given.is_history:
        await work.scope("imports:history")
    placed_on = given.placed_on or work.today
    if placed_on > work.today or (given.delivered_on or work.today) > work.today:
        raise _wrong("/placed_on", "in-future", "不能晚于今天", "is after today")
    identifier = await _new_identifier(work, given.external_id)
    quote = await accepted_quote(work, given.quote_id)
    if quote is not None:
        await _require_unordered(work, quote.id)
    about = await _about(work, given, quote)
    errors = await unknown_products(work, given.lines)
    if about.customer_id is None or await copies.customer(work, about.customer_id) is None:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if errors or about.customer_id is None:
        raise ValidationFailed(errors)
    holder = await holder_for(work, about.owner_id or acting_staff(work), "orders:write")
    if quote is None:
        papers, drawn = await _paper_lines(work, given, identifier, placed_on)
    else:
        papers, drawn = chosen_of(quote, given.options), []
    order = place_order(
        identifier=identifier,
        number=given.number or f"SO{placed_on:%Y%m%d}-{identifier[-6:].upper()}",
        customer_id=about.customer_id,
        lines=given.lines,
        paper_lines=papers,
        contract_id=given.contract_id,
        contract_lines=drawn,
        has_plan=about.has_plan,
        quote_id=given.quote_id,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=about.shared_with,
        placed_on=placed_on,
        opportunity_id=about.opportunity_id,
        external_id=given.external_id,
        origin="import" if given.is_history else None,
        at=given.placed_at,
    )
    await require_credit_for(work, order, at="order")
    work.add(ORDERS, order)
    await note_fact(work, _evidence(work, order))
    if given.delivered_on is not None:
        order.deliver(given.delivered_on, at=given.delivered_at)
    await tell_account(work, order, placed_on)
    return order


async def cancel_order(work: Work, identifier: str, reason: str) -> Order:
    """What was not shipped; an order of which nothing was proves nothing any more."""
    order = await reach(work, ORDERS, identifier, "orders:write")
    await give_back(work, order, order.cancel(reason))
    await tell_account(work, order, work.today)
    if order.status == CANCELLED:
        await withdraw_fact(work, evidence_id(order), order.position, "the order was cancelled")
    return order


def evidence_id(order: Order) -> str:
    return f"order_placed:{order.id}"


async def _about(work: Work, given: NewOrder, quote: Quote | None) -> _About:
    about = _About(given.customer_id, given.opportunity_id, given.owner_id)
    if quote is not None:
        about.customer_id = about.customer_id or quote.customer_id
        about.opportunity_id = about.opportunity_id or quote.opportunity_id
        about.owner_id = about.owner_id or quote.owner_id
        if (about.customer_id, about.opportunity_id) != (quote.customer_id, quote.opportunity_id):
            raise _wrong("/quote_id", "another-ones", "属于另一客户或商机", "is another one's")
    if given.contract_id is not None:
        contract = await reach(work, CONTRACTS, given.contract_id, "contracts:read")
        about.has_plan = contract.has_plan
        about.shared_with = list(contract.collaborator_ids)
        about.customer_id = about.customer_id or contract.customer_id
        about.opportunity_id = about.opportunity_id or contract.opportunity_id
        about.owner_id = about.owner_id or contract.owner_id
        if about.customer_id != contract.customer_id:
            raise _wrong(
                "/customer_id", "other-customer", "与合同的客户不一致", "is not the contract's"
            )
        if about.opportunity_id == contract.opportunity_id:
            return about
    if about.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, about.opportunity_id, "opportunities:read")
        about.customer_id = about.customer_id or deal.customer_id
        about.owner_id = about.owner_id or deal.owner_id
        about.shared_with = list(deal.collaborator_ids)
        if about.customer_id != deal.customer_id:
            raise _wrong(
                "/customer_id",
                "other-customer",
                "与商机的客户不一致",
                "is not the customer of the deal",
            )
    return about


async def _require_unordered(work: Work, quote_id: str) -> None:
    """A quote is ordered once; an order of it that was cancelled leaves it free again."""
    await work.guard(f"quote-order:{quote_id}")
    if await is_ordered(work, quote_id):
        raise _wrong("/quote_id", "ordered-already", "该报价已下单", "was ordered already")


async def _paper_lines(
    work: Work, given: NewOrder, order_id: str, on: date
) -> tuple[list[PaperLine], list[int]]:
    """Priced and taxed lines, and of each the contract's line that it draws on (0: none)."""
    papers = []
    if given.paper_lines:
        currency = given.currency or work.company.currency
        papers = await complete_lines(work, given.paper_lines, currency=currency, on=on)
        if any(line.is_optional for line in papers):
            raise _wrong("/paper_lines", "not-chosen", "可选项须先选定", "are not all chosen yet")
    if given.contract_id is None:
        return papers, []
    return await drawn_on(work, given.contract_id, order_id, given.parts, papers, on)


def _evidence(work: Work, order: Order) -> Evidence:
    return Evidence(
        id=evidence_id(order),
        kind="order_placed",
        event_id=order.position,
        at=work.now,
        customer_id=order.customer_id,
        opportunity_ids=[order.opportunity_id] if order.opportunity_id else [],
    )


async def _new_identifier(work: Work, external_id: str | None) -> str:
    if external_id is None:
        return new_id()
    identifier = stable_id("order", "api", external_id)
    if await work.find(ORDERS, identifier) is not None:
        raise Duplicate(
            {CHINESE: f"外部编号 {external_id} 已存在", ENGLISH: f"{external_id} is taken already"}
        )
    return identifier


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(copies.field_error(pointer, code, zh, en))
