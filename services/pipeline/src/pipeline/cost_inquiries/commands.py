"""What can be done with cost inquiries."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.ids import new_id
from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.cost_inquiries.model import CostInquiry, InquiredCost, ask
from pipeline.cost_inquiries.store import COST_INQUIRIES, INQUIRED_COSTS
from pipeline.holders import holder_for
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.products.store import PRODUCTS
from pipeline.rates.queries import knows_currency


@dataclass(frozen=True, kw_only=True)
class Question:
    name: str
    specification: str
    quantity: Decimal
    unit: str
    product_id: str | None = None
    opportunity_id: str | None = None
    needed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Cost and floor price of a unit, without tax."""

    unit_cost: Money
    floor_price: Money | None
    valid_until: date
    note: str | None


async def ask_for_cost(work: Work, question: Question) -> CostInquiry:
    """Of a deal it takes who else sees it; it belongs to who asks."""
    shared_with: list[str] = []
    if question.opportunity_id is not None:
        deal = await reach(work, OPPORTUNITIES, question.opportunity_id, "opportunities:read")
        shared_with = sorted({*deal.collaborator_ids, *filter(None, [deal.owner_id])})
    if question.product_id is not None and not await work.find(PRODUCTS, question.product_id):
        raise ValidationFailed(copies.unknown("/product_id", "产品", "product"))
    holder = await holder_for(work, acting_staff(work), "cost-inquiries:ask")
    inquiry = ask(
        identifier=new_id(),
        name=question.name,
        specification=question.specification,
        quantity=question.quantity,
        unit=question.unit,
        product_id=question.product_id,
        opportunity_id=question.opportunity_id,
        needed_on=question.needed_on,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=shared_with,
    )
    return work.add(COST_INQUIRIES, inquiry)


async def answer_cost_inquiry(work: Work, identifier: str, answer: Answer) -> CostInquiry:
    """Raises ValidationFailed: a currency without a rate, an answer that holds no more."""
    inquiry = await reach(work, COST_INQUIRIES, identifier, "cost-inquiries:answer")
    await _require_currencies(work, answer)
    inquiry.answer(
        acting_staff(work) or work.actor, answer.valid_until, answer.note, today=work.today
    )
    cost = await work.find(INQUIRED_COSTS, identifier)
    if cost is None:
        cost = work.add(INQUIRED_COSTS, InquiredCost(id=identifier, key=inquiry.key))
    cost.change(answer.unit_cost, answer.floor_price)
    return inquiry


async def close_cost_inquiry(work: Work, identifier: str, reason: str) -> CostInquiry:
    inquiry = await reach(work, COST_INQUIRIES, identifier, "cost-inquiries:ask")
    inquiry.close(reason)
    return inquiry


async def _require_currencies(work: Work, answer: Answer) -> None:
    given = {"/unit_cost/currency": answer.unit_cost}
    if answer.floor_price is not None:
        given["/floor_price/currency"] = answer.floor_price
    errors: list[FieldError] = [
        copies.field_error(pointer, "no-exchange-rate", "没有该币种的汇率", "has no exchange rate")
        for pointer, money in given.items()
        if not await knows_currency(work, money.currency, work.today)
    ]
    if errors:
        raise ValidationFailed(errors)
