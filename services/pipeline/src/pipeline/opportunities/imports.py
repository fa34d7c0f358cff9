"""Files of deals. History (已成历史的商机) keeps its own business time and asks for no gate.

Each won deal of history also gives an order, delivered and paid at the closing date, all in one
unit of work. Ids are derived from source and external id, so that a second import finds the first.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from chassis.ids import stable_id
from chassis.imports import (
    ImportContext,
    ImportField,
    ImportKind,
    ImportOutcome,
    Row,
    amount,
    choice,
    day,
    text,
)
from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work
from contracts.values import Money

from pipeline.copies import unknown
from pipeline.opportunities.model import (
    Ending,
    Holder,
    Opportunity,
    open_opportunity,
    opportunity_id,
    take_over,
)
from pipeline.opportunities.names import STANDARD, Names
from pipeline.opportunities.store import OPPORTUNITIES
from pipeline.orders.model import place_order
from pipeline.orders.store import ORDERS
from pipeline.payments.model import receive_payment
from pipeline.payments.store import PAYMENTS
from pipeline.products.model import Line
from pipeline.templates.model import Process

OPEN_STAGES = {"Prospecting": "contact", "Engaging": "presentation"}
ENDINGS = {"Won": "won", "Lost": "lost"}
WITHOUT_CUSTOMER = {CHINESE: "没有客户，商机暂无客户", ENGLISH: "no customer; kept without one"}


async def look_up(db: Database, rows: Sequence[Row], context: ImportContext) -> None:
    """One query per kind of name and chunk, instead of several per row."""
    names = _names(context)
    await names.look_up(db, rows)
    identifiers = [_deal_id(row, context) for row in rows]
    found = db[OPPORTUNITIES.collection].find({"_id": {"$in": identifiers}}, {"_id": 1})
    names.taken |= {document["_id"] async for document in found}


async def take_deal(work: Work, row: Row, context: ImportContext) -> ImportOutcome:
    """One row: a deal, and what a won one of history brings with it."""
    names = _names(context)
    identifier = _deal_id(row, context)
    if identifier in names.taken:
        # Taken by an earlier job, by a row before this one, or by this row when it was overtaken.
        known = await work.find(OPPORTUNITIES, identifier)
        if known is not None:
            return ImportOutcome("unchanged", known.position)
    names.taken.add(identifier)
    process = _process(row, names)
    holder, values = _named(row, names, context)
    if not context.is_history:
        deal = _opened_now(work, process, holder, values, row, context)
    else:
        deal = _from_history(process, holder, values, row, context)
    work.add(OPPORTUNITIES, deal)
    if deal.won_amount is not None:
        _bring_order_and_payment(work, deal, row, context)
    warning = None if deal.customer_id else WITHOUT_CUSTOMER
    return ImportOutcome("created", deal.position, warning)


def _from_history(
    process: Process, holder: Holder, values: dict[str, Any], row: Row, context: ImportContext
) -> Opportunity:
    opened_on, closed_on = row["opened_on"], row["closed_on"]
    status = ENDINGS.get(row["stage"])
    ending = None
    if status is not None:
        ending = Ending(
            status=status,
            closed_on=_required(closed_on, "/closed_on"),
            amount=values["amount"],
        )
        if status == "won":
            _required(values["amount"], "/amount")
            _required(values["customer_id"], "/customer")
    names = _names(context)
    stage = process.stage_called(OPEN_STAGES.get(row["stage"], "presentation"))
    return take_over(
        process,
        holder,
        values,
        identifier=_deal_id(row, context),
        stage=stage.number if stage else process.last_open_stage,
        opened_on=opened_on,
        opened_at=opened_on and names.moment(opened_on, context.timezone),
        external_id=row["external_id"],
        ending=ending,
        ended_at=closed_on and names.moment(closed_on, context.timezone),
    )


def _opened_now(
    work: Work,
    process: Process,
    holder: Holder,
    values: dict[str, Any],
    row: Row,
    context: ImportContext,
) -> Opportunity:
    """An open deal that begins with the import; only history may be won or lost already."""
    if row["stage"] in ENDINGS:
        raise ValidationFailed(
            FieldError(
                "/stage",
                "needs-history",
                {CHINESE: "已关闭的商机只能作为历史导入", ENGLISH: "closed deals are history"},
            )
        )
    stage = process.stage_called(OPEN_STAGES[row["stage"]])
    return open_opportunity(
        process,
        holder,
        values,
        identifier=_deal_id(row, context),
        stage=stage.number if stage else 1,
        opened_on=row["opened_on"] or context.today,
        now=work.now,
        external_id=row["external_id"],
    )


def _bring_order_and_payment(
    work: Work, deal: Opportunity, row: Row, context: ImportContext
) -> None:
    """What was won was ordered, delivered and paid at the closing date, as far as is known."""
    signed, closed_on = deal.won_amount, deal.closed_on
    if signed is None or closed_on is None or deal.customer_id is None:
        return
    at = _names(context).moment(closed_on, context.timezone)
    if deal.terms.product_id is None:
        raise ValidationFailed(unknown("/product", "产品", "product"))
    order = place_order(
        identifier=stable_id("order", context.external_source, row["external_id"]),
        number=f"SO-{row['external_id']}",
        customer_id=deal.customer_id,
        lines=[
            Line(
                product_id=deal.terms.product_id,
                quantity=Decimal(1),
                unit_price=signed,
                amount=signed,
            )
        ],
        owner_id=deal.owner_id or "",
        team_id=deal.team_id,
        region=deal.region,
        placed_on=closed_on,
        opportunity_id=deal.id,
        external_id=row["external_id"],
        origin="import",
        at=at,
    )
    order.deliver(closed_on, at=at)
    work.add(ORDERS, order)
    payment = receive_payment(
        identifier=stable_id("payment", context.external_source, row["external_id"]),
        customer_id=deal.customer_id,
        amount=signed,
        method="transfer",
        received_on=closed_on,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        region=deal.region,
        order_id=order.id,
        opportunity_id=deal.id,
        external_id=row["external_id"],
        origin="import",
        at=at,
    )
    work.add(PAYMENTS, payment)


def _named(row: Row, names: Names, context: ImportContext) -> tuple[Holder, dict[str, Any]]:
    """Whose deal it is and what about, with every name turned into an id."""
    errors = []
    holder = names.holders.get(row["owner"])
    if holder is None:
        errors.append(unknown("/owner", "员工", "member of staff"))
    customer, product = row["customer"], row["product"]
    if customer is not None and customer not in names.customers:
        errors.append(unknown("/customer", "客户", "customer"))
    if product is not None and product not in names.products:
        errors.append(unknown("/product", "产品", "product"))
    if errors or holder is None:
        raise ValidationFailed(errors)
    value = row["amount"]
    # A lost deal's amount of zero says that nothing was won, not that it was worth nothing.
    is_known = value is not None and (value > 0 or row["stage"] == "Won")
    return holder, {
        "name": row["name"] or " – ".join(filter(None, (customer, product))) or row["external_id"],
        "customer_id": names.customers.get(customer),
        "product_id": names.products.get(product),
        "amount": Money(value, context.currency) if is_known else None,
    }


def _process(row: Row, names: Names) -> Process:
    process = names.processes.get(row["template"] or STANDARD)
    if process is None:
        raise ValidationFailed(unknown("/template", "流程模板", "process template"))
    return process


def _required(value: Any, pointer: str) -> Any:
    if value is None:
        raise ValidationFailed(
            FieldError(pointer, "required", {CHINESE: "必填", ENGLISH: "is required"})
        )
    return value


def _deal_id(row: Row, context: ImportContext) -> str:
    return opportunity_id(context.external_source, row["external_id"])


def _names(context: ImportContext) -> Names:
    names: Names = context.memory.setdefault("names", Names())
    return names


STAGE: Callable[[str], str] = choice({word: word for word in (*OPEN_STAGES, *ENDINGS)})

OPPORTUNITY_FILES = ImportKind(
    name="opportunities",
    zh="商机",
    en="Opportunities",
    fields=[
        ImportField("external_id", "外部编号", "external_id", text(64), required=True),
        ImportField("name", "名称", "name", text(200)),
        ImportField("owner", "负责人", "owner", text(100), required=True),
        ImportField("product", "产品", "product", text(200)),
        ImportField("customer", "客户", "customer", text(200)),
        ImportField("stage", "阶段", "stage", STAGE, required=True),
        ImportField("opened_on", "开始日期", "opened_on", day),
        ImportField("closed_on", "关闭日期", "closed_on", day),
        ImportField("amount", "金额", "amount", amount),
        ImportField("template", "流程模板", "template", text(40)),
    ],
    handle=take_deal,
    prepare=look_up,
)
