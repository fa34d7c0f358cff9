"""What stands behind a payment: its contract, its order, its deal, its customer."""

from dataclasses import dataclass, field, replace

from chassis.problems import FieldError
from chassis.work import Work

from pipeline import copies
from pipeline.access import reach
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.store import ORDERS
from pipeline.payment_milestones.commands import milestones_of


@dataclass(frozen=True, kw_only=True)
class Behind:
    """As far as the payment says, then as far as what it names says."""

    customer_id: str | None = None
    order_id: str | None = None
    contract_id: str | None = None
    opportunity_id: str | None = None
    owner_id: str | None = None
    shared_with: list[str] = field(default_factory=list)


async def found_behind(work: Work, named: Behind) -> tuple[Behind, list[FieldError]]:
    """All that is known from what is named, and what does not fit together."""
    errors: list[FieldError] = []
    found = await _contract(work, await _order(work, named, errors), errors)
    if found.opportunity_id is None:
        return found, errors
    deal = await reach(work, OPPORTUNITIES, found.opportunity_id, "opportunities:read")
    found = replace(
        found,
        customer_id=found.customer_id or deal.customer_id,
        owner_id=found.owner_id or deal.owner_id,
        shared_with=list(deal.collaborator_ids),
    )
    if found.customer_id != deal.customer_id:
        errors.append(_other_customer("/opportunity_id"))
    return found, errors


async def _order(work: Work, named: Behind, errors: list[FieldError]) -> Behind:
    if named.order_id is None:
        return named
    order = await reach(work, ORDERS, named.order_id, "orders:read")
    found = replace(
        named,
        customer_id=named.customer_id or order.customer_id,
        contract_id=named.contract_id or order.plan_contract_id,
        opportunity_id=named.opportunity_id or order.opportunity_id,
        owner_id=named.owner_id or order.owner_id,
    )
    if found.customer_id != order.customer_id:
        errors.append(_other_customer("/order_id"))
    if found.opportunity_id != order.opportunity_id:
        errors.append(
            copies.field_error(
                "/opportunity_id", "other-deal", "与订单的商机不一致", "is not that of the order"
            )
        )
    if found.contract_id != order.plan_contract_id:
        errors.append(
            copies.field_error(
                "/contract_id", "other-contract", "与订单的合同不一致", "is not that of the order"
            )
        )
    return found


async def _contract(work: Work, named: Behind, errors: list[FieldError]) -> Behind:
    """A contract is known here by what is to be paid for it."""
    if named.contract_id is None:
        return named
    planned = await milestones_of(work, f"contract:{named.contract_id}")
    scope = await work.scope("payment-milestones:read")
    if not planned or not scope.allows(planned[0]):
        if named.order_id is None:
            errors.append(
                copies.unknown("/contract_id", "已签合同", "signed contract with payments")
            )
        return named
    first = planned[0]
    found = replace(
        named,
        customer_id=named.customer_id or first.customer_id,
        opportunity_id=named.opportunity_id or first.opportunity_id,
        owner_id=named.owner_id or first.owner_id,
    )
    if found.customer_id != first.customer_id:
        errors.append(_other_customer("/contract_id"))
    return found


def _other_customer(pointer: str) -> FieldError:
    return copies.field_error(pointer, "other-customer", "属于另一客户", "is another customer's")
