"""Files of customers 客户: each row finds its customer by external id, else by name, or makes it.

Owners are named by name, staff number or id; group parents by name or external id, and may stand
further down in the same file.
"""

from collections.abc import Sequence
from typing import Any

from chassis import organisation
from chassis.ids import stable_id
from chassis.imports import (
    ImportContext,
    ImportField,
    ImportKind,
    ImportOutcome,
    Row,
    amount,
    choice,
    text,
    whole,
)
from chassis.mongo import Database
from chassis.names import same_name
from chassis.work import Work
from contracts.values import Money

from customers.records.model import Address, Customer, CustomerKind
from customers.records.store import CUSTOMERS

KINDS = {
    "end_user": CustomerKind.END_USER,
    "终端客户": CustomerKind.END_USER,
    "dealer": CustomerKind.DEALER,
    "经销商": CustomerKind.DEALER,
    "wholesaler": CustomerKind.WHOLESALER,
    "批发商": CustomerKind.WHOLESALER,
    "retailer": CustomerKind.RETAILER,
    "零售商": CustomerKind.RETAILER,
    "agent": CustomerKind.AGENT,
    "代理商": CustomerKind.AGENT,
    "broker": CustomerKind.BROKER,
    "经纪人": CustomerKind.BROKER,
    "trading_market": CustomerKind.TRADING_MARKET,
    "交易市场": CustomerKind.TRADING_MARKET,
}
IDS, OWNERS = "ids", "owners"
Known = dict[str, str]


async def prepare(db: Database, rows: Sequence[Row], context: ImportContext) -> None:
    """Look up, for a chunk of rows, who is meant by the names in it."""
    named = {same_name(row["name"]) for row in rows}
    parents = {same_name(row["group_parent"]) for row in rows if row["group_parent"]}
    ids: Known = context.memory.setdefault(IDS, {})
    wanted = sorted(named | parents)
    condition = {"search.name": {"$in": wanted}}
    async for document in db[CUSTOMERS.collection].find(
        condition, {"search.name": 1, "external_id": 1}
    ):
        ids.setdefault(document["search"]["name"], document["_id"])
    for row in rows:
        identifier = _id_of(row, context, ids)
        ids[same_name(row["name"])] = identifier
        if row["external_id"]:
            ids.setdefault(same_name(row["external_id"]), identifier)
    owners: Known = context.memory.setdefault(OWNERS, {})
    sought = {row["owner"] for row in rows if row["owner"]} - owners.keys()
    for name in ("_id", "staff_number", "name"):
        condition = {name: {"$in": sorted(sought)}}
        async for document in db[organisation.STAFF].find(condition, {name: 1}):
            owners[document[name]] = document["_id"]


async def import_customer(work: Work, row: Row, context: ImportContext) -> ImportOutcome:
    ids: Known = context.memory[IDS]
    identifier = (
        ids[same_name(row["name"])] if not row["external_id"] else _id_of(row, context, ids)
    )
    changes, warnings = await _changes(work, row, context, identifier)
    owner_id = context.memory[OWNERS].get(row["owner"]) if row["owner"] else None
    if row["owner"] and owner_id is None:
        warnings.append(f"没有员工 {row['owner']} / no such member of staff")
    customer = await work.find(CUSTOMERS, identifier)
    if customer is None:
        customer = Customer(
            id=identifier,
            key=identifier,
            origin="import" if context.is_history else None,
            external_id=row["external_id"],
            **changes,
        )
        await _stamp(work, customer, owner_id)
        work.add(CUSTOMERS, customer.register())
        return ImportOutcome("created", customer.position, _joined(warnings))
    customer.change(changes)
    if owner_id is not None and owner_id != customer.owner_id:
        post = await organisation.stamp(work, owner_id)
        customer.be_owned_by(owner_id, post.team_id, post.region)
    return ImportOutcome(
        "updated" if customer.recorded else "unchanged", customer.position, _joined(warnings)
    )


def customers_kind() -> ImportKind:
    return ImportKind(
        name="customers",
        zh="客户",
        en="Customers",
        fields=[
            ImportField("name", "客户名称", "Name", text(200), required=True),
            ImportField("industry", "行业", "Industry", text(100)),
            ImportField("kind", "类型", "Kind", choice(KINDS)),
            ImportField("region", "区域", "Region", text(100)),
            ImportField("revenue", "营业收入", "Revenue", amount),
            ImportField("yearly_demand", "年需求", "Yearly demand", amount),
            ImportField("size", "员工人数", "Employees", whole(0, 10_000_000)),
            ImportField("country", "国家", "Country", text(100)),
            ImportField("founded", "成立年份", "Founded", whole(1000, 2200)),
            ImportField("credit_code", "统一社会信用代码", "Credit code", text(30)),
            ImportField("group_parent", "集团母公司", "Group parent", text(200)),
            ImportField("owner", "负责人", "Owner", text(100)),
            ImportField("external_id", "外部编号", "External id", text(100)),
        ],
        handle=import_customer,
        prepare=prepare,
    )


def _id_of(row: Row, context: ImportContext, ids: Known) -> str:
    """By external id; without one the name says who it is."""
    if row["external_id"]:
        return stable_id("customer", context.external_source, row["external_id"])
    name = same_name(row["name"])
    return ids.get(name) or stable_id("customer", "named", name)


async def _changes(
    work: Work, row: Row, context: ImportContext, identifier: str
) -> tuple[dict[str, Any], list[str]]:
    """What the row says; empty cells say nothing."""
    warnings: list[str] = []
    changes: dict[str, Any] = {
        "name": row["name"],
        "industry": row["industry"],
        "kind": row["kind"],
        "area": row["region"],
        "size": row["size"],
        "founded": row["founded"],
        "credit_code": row["credit_code"],
    }
    for name in ("revenue", "yearly_demand"):
        changes[name] = Money(row[name], context.currency) if row[name] is not None else None
    if row["country"]:
        changes["addresses"] = [Address(country=row["country"])]
    if row["group_parent"]:
        parent_id = context.memory[IDS].get(same_name(row["group_parent"]))
        if parent_id is None or parent_id == identifier:
            warnings.append(f"没有客户 {row['group_parent']} / no such group parent")
        else:
            changes["group_parent_id"] = parent_id
    code = changes["credit_code"]
    if code is not None:
        await work.guard(f"credit-code:{code}")
        other = await work.db[CUSTOMERS.collection].find_one(
            {"credit_code": code, "_id": {"$ne": identifier}}, {"_id": 1}
        )
        if other is not None:
            changes["credit_code"] = None
            warnings.append(f"信用代码 {code} 已属于其他客户 / belongs to another customer")
    given = {name: value for name, value in changes.items() if value is not None}
    return given, warnings


async def _stamp(work: Work, customer: Customer, owner_id: str | None) -> None:
    if owner_id is None:
        return
    post = await organisation.stamp(work, owner_id)
    customer.owner_id, customer.team_id, customer.region = owner_id, post.team_id, post.region


def _joined(warnings: list[str]) -> str | None:
    return "; ".join(warnings) or None
