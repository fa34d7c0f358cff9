"""Alerts as they are read: a list, or how many by rule and person."""

from typing import Any

from chassis.clock import rfc3339
from chassis.door import Reading
from chassis.mongo import Document
from chassis.pages import Page, page
from chassis.problems import CHINESE, NotFound
from chassis.scopes import Scope

from insights import store
from insights.model.alerts import Alert
from insights.model.policies import alert_rules
from insights.queries import kpis


async def alerts(
    reader: Reading, scope: Scope, matching: Document, limit: int, cursor: str | None
) -> Page[Alert]:
    """A page of alerts within `scope`, newest first."""
    return await page(
        reader.db[store.ALERTS.collection],
        _within(scope, matching),
        sort="raised_at",
        limit=limit,
        cursor=cursor,
        decode=store.ALERTS.aggregate,
    )


async def alert(reader: Reading, scope: Scope, alert_id: str) -> Alert:
    """One alert.

    Raises:
        NotFound: there is none, or not for this caller.
    """
    document = await reader.db[store.ALERTS.collection].find_one({"_id": alert_id})
    if document is None or not scope.allows(document):
        raise NotFound("alert", alert_id)
    return store.ALERTS.aggregate(document)


async def groups(
    reader: Reading, scope: Scope, matching: Document, language: str
) -> list[dict[str, Any]]:
    """How many there are by rule and owner, most first."""
    key = {"rule": "$rule", "owner_id": "$owner_id"}
    stages: list[Document] = [
        {"$match": _within(scope, matching)},
        {"$group": {"_id": key, "count": {"$sum": 1}, "oldest": {"$min": "$raised_at"}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    found = await (await reader.db[store.ALERTS.collection].aggregate(stages)).to_list()
    owners = {one["_id"].get("owner_id") for one in found} - {None}
    names = await kpis.names(reader.db, 0, "owner", sorted(owners))
    return [
        {
            "rule": one["_id"]["rule"],
            "title": title(one["_id"]["rule"], language),
            "owner_id": one["_id"].get("owner_id"),
            "owner_name": names.get(one["_id"].get("owner_id")),
            "count": one["count"],
            "oldest_raised_at": rfc3339(one["oldest"]),
        }
        for one in found
    ]


def view(alert: Alert, language: str) -> dict[str, Any]:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        "title": title(alert.rule, language),
        "severity": alert.severity,
        "status": alert.status,
        "subject": alert.subject,
        "period": alert.period,
        "customer_id": alert.customer_id,
        "opportunity_id": alert.opportunity_id,
        "owner_id": alert.owner_id,
        "team_id": alert.team_id,
        "due_at": rfc3339(alert.due_at),
        "raised_at": rfc3339(alert.raised_at) if alert.raised_at else None,
        "reason": alert.reason_zh if language == CHINESE else alert.reason,
        "reason_zh": alert.reason_zh,
        "reason_en": alert.reason,
        "facts": alert.facts,
        "acknowledged_at": rfc3339(alert.acknowledged_at) if alert.acknowledged_at else None,
        "acknowledged_by": alert.acknowledged_by,
        "note": alert.note,
        "cleared_at": rfc3339(alert.cleared_at) if alert.cleared_at else None,
        "cleared_by": alert.cleared_by,
        "version": alert.version,
    }


def title(rule: str, language: str) -> str:
    known = alert_rules().get(rule)
    if known is None:
        return rule
    return known.zh if language == CHINESE else known.en


def _within(scope: Scope, matching: Document) -> Document:
    rights = scope.filter()
    return {"$and": [rights, matching]} if rights and matching else rights or matching
