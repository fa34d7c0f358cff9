"""What can be done with agreed prices. Each is approved before it applies."""

from dataclasses import dataclass
from datetime import date

from chassis.ids import new_id
from chassis.problems import FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline import copies
from pipeline.access import acting_staff, reach
from pipeline.agreed_prices.model import AGREED, REFUSED, AgreedPrice, PriceAlreadyAgreed, propose
from pipeline.agreed_prices.store import AGREED_PRICES, agreed_with
from pipeline.approvals.commands import request_approval
from pipeline.approvals.model import Approval, Paper, fingerprint_of
from pipeline.holders import holder_for
from pipeline.products.store import PRODUCT_FLOORS, PRODUCTS
from pipeline.rates.queries import exchanged, knows_currency
from pipeline.taxes.model import rounded
from pipeline.taxes.queries import tax_rates

KIND = "price"
WRITE = "agreed-prices:write"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    customer_id: str
    product_id: str
    price: Money
    is_taxed: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    reason: str | None = None


async def propose_agreed_price(work: Work, given: Proposal) -> AgreedPrice:
    """It applies once it is approved, at once where nobody has to be asked.

    Raises:
        PriceAlreadyAgreed: for some of those days.
        ValidationFailed: an unknown customer or product, a currency without a rate.
    """
    owner_id = await _owner(work, given)
    holder = await holder_for(work, owner_id, WRITE)
    customer = await copies.customer(work, given.customer_id) or {}
    valid_from = given.valid_from or work.today
    await work.guard(f"agreed-price:{given.customer_id}:{given.product_id}")
    for other in await agreed_with(work.db, given.customer_id, given.product_id):
        if other.overlaps(valid_from, given.valid_until):
            raise PriceAlreadyAgreed(members={"agreed_price_id": other.id})
    agreed = propose(
        identifier=new_id(),
        customer_id=given.customer_id,
        product_id=given.product_id,
        price=given.price,
        is_taxed=given.is_taxed,
        valid_from=valid_from,
        valid_until=given.valid_until,
        reason=given.reason,
        proposed_by=acting_staff(work) or work.actor,
        owner_id=holder.staff_id,
        team_id=holder.team_id,
        region=holder.region,
        collaborator_ids=list(customer.get("collaborator_ids") or []),
    )
    work.add(AGREED_PRICES, agreed)
    if await request_approval(work, await _paper(work, agreed, str(customer["name"]))) is None:
        agreed.settle(AGREED, None, None)
    return agreed


async def take_decision(work: Work, approval: Approval) -> AgreedPrice:
    """What came of an approval; one that was returned or recalled is proposed anew."""
    agreed = await work.load(AGREED_PRICES, approval.paper_id)
    status = AGREED if approval.outcome == "approved" else REFUSED
    agreed.settle(status, approval.decided_by, approval.comment)
    return agreed


async def end_agreed_price(
    work: Work, identifier: str, on: date, reason: str | None
) -> AgreedPrice:
    agreed = await reach(work, AGREED_PRICES, identifier, WRITE)
    agreed.end(on, reason)
    return agreed


async def _owner(work: Work, given: Proposal) -> str:
    """Whose customer it is; everything that is unknown is told at once."""
    customer = await copies.customer(work, given.customer_id)
    product = await work.find(PRODUCTS, given.product_id)
    errors: list[FieldError] = []
    if customer is None:
        errors.append(copies.unknown("/customer_id", "客户", "customer"))
    if product is None:
        errors.append(copies.unknown("/product_id", "产品", "product"))
    elif product.is_withdrawn:
        errors.append(copies.field_error("/product_id", "withdrawn", "已停售", "is withdrawn"))
    if not await knows_currency(work, given.price.currency, work.today):
        errors.append(
            copies.field_error(
                "/price/currency", "no-exchange-rate", "没有该币种的汇率", "has no exchange rate"
            )
        )
    if errors or customer is None:
        raise ValidationFailed(errors)
    return str(customer.get("owner_id") or acting_staff(work))


async def _paper(work: Work, agreed: AgreedPrice, customer: str) -> Paper:
    product = await work.load(PRODUCTS, agreed.product_id)
    return Paper(
        kind=KIND,
        id=agreed.id,
        fingerprint=fingerprint_of(agreed.id, agreed.price, agreed.is_taxed, agreed.valid_until),
        title=f"{customer}: {product.name} {agreed.price.amount} {agreed.price.currency}",
        owner_id=agreed.owner_id or "",
        customer_id=agreed.customer_id,
        is_below_floor=await _is_below_floor(work, agreed, product.tax_code),
    )


async def _is_below_floor(work: Work, agreed: AgreedPrice, tax_code: str) -> bool:
    floor = await work.find(PRODUCT_FLOORS, agreed.product_id)
    if floor is None or floor.floor_price is None:
        return False
    lowest = await exchanged(work, floor.floor_price, agreed.price.currency, work.today)
    net = agreed.price.amount
    if agreed.is_taxed:
        net = rounded(net / (1 + (await tax_rates(work, work.today)).get(tax_code, 0)))
    return net < lowest.amount
