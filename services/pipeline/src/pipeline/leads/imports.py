"""Files of leads: one row one lead, given out by rule; what is known already is skipped."""

from typing import Any

from chassis.credit_code import is_credit_code, normalised
from chassis.ids import stable_id
from chassis.imports import (
    CellRefused,
    ImportContext,
    ImportField,
    ImportKind,
    ImportOutcome,
    Row,
    choice,
    text,
)
from chassis.names import same_name
from chassis.organisation import STAFF
from chassis.problems import Duplicate
from chassis.work import Work

from pipeline.leads.commands import NewLead, capture_lead
from pipeline.leads.model import Company, Origin
from pipeline.leads.store import LEADS, Person

TEMPERATURES = {
    "hot": "hot",
    "热": "hot",
    "warm": "warm",
    "温": "warm",
    "cold": "cold",
    "冷": "cold",
}


def _credit_code(cell: str) -> str:
    code = normalised(cell)
    if not is_credit_code(code):
        raise CellRefused("checksum", "统一社会信用代码校验不通过", "not a credit code")
    return code


async def take_lead(work: Work, row: Row, context: ImportContext) -> ImportOutcome:
    identifier = _lead_id(row, context)
    known = await work.find(LEADS, identifier)
    if known is not None:
        return ImportOutcome("unchanged", known.position)
    owner_id, warning = await _owner(work, row["owner"])
    given = NewLead(
        company=Company(
            name=row["company"],
            credit_code=row["credit_code"],
            industry=row["industry"],
            region=row["region"],
        ),
        origin=Origin(channel="import", source=row["source"], campaign_id=row["campaign"]),
        person=Person(
            name=row["contact"],
            title=row["title"],
            phone=row["phone"],
            mail=row["mail"],
            wechat=row["wechat"],
        ),
        temperature=row["temperature"] or "warm",
        product_line=row["product_line"],
        need=row["need"],
        external_id=row["external_id"],
        owner_id=owner_id,
    )
    try:
        lead = await capture_lead(work, given, identifier=identifier)
    except Duplicate as duplicate:
        return ImportOutcome("skipped", warning=duplicate.detail)
    return ImportOutcome("created", lead.position, warning)


def _lead_id(row: Row, context: ImportContext) -> str:
    if row["external_id"]:
        return stable_id("lead", context.external_source, row["external_id"])
    return stable_id("lead", "named", same_name(row["company"]), row["phone"] or row["mail"] or "")


async def _owner(work: Work, named: str | None) -> tuple[str | None, Any]:
    if not named:
        return None, None
    ways = [{way: named} for way in ("_id", "staff_number", "name")]
    for way in ways:
        found = await work.db[STAFF].find_one(way, {"_id": 1})
        if found is not None:
            return str(found["_id"]), None
    return None, {"zh-CN": f"没有员工 {named}", "en": f"no member of staff {named}"}


LEAD_FILES = ImportKind(
    name="leads",
    zh="线索",
    en="Leads",
    fields=[
        ImportField("company", "公司名称", "Company", text(200), required=True),
        ImportField("credit_code", "统一社会信用代码", "Credit code", _credit_code),
        ImportField("industry", "行业", "Industry", text(100)),
        ImportField("region", "区域", "Region", text(100)),
        ImportField("contact", "联系人", "Contact", text(200)),
        ImportField("title", "职务", "Title", text(100)),
        ImportField("phone", "电话", "Phone", text(30)),
        ImportField("mail", "邮箱", "Mail", text(254)),
        ImportField("wechat", "微信", "WeChat", text(100)),
        ImportField("temperature", "热度", "Temperature", choice(TEMPERATURES)),
        ImportField("product_line", "产品线", "Product line", text(100)),
        ImportField("source", "来源", "Source", text(100)),
        ImportField("campaign", "营销活动", "Campaign", text(64)),
        ImportField("need", "需求", "Need", text(2000)),
        ImportField("owner", "负责人", "Owner", text(100)),
        ImportField("external_id", "外部编号", "External id", text(64)),
    ],
    handle=take_lead,
    in_flight=16,
)
