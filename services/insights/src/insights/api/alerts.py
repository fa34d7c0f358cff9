"""`/alerts`: what should have happened and did not."""

from typing import Annotated, Any, Literal

import msgspec
from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.mongo import Document
from fastapi import APIRouter, Query, Response
from pydantic import Field

from insights import commands
from insights.model.alerts import Alert
from insights.model.policies import alert_rules
from insights.queries import alerts as queries

router = APIRouter(tags=["alerts"])
Limit = Annotated[int, Query(ge=1, le=200)]
Name = Annotated[str | None, Query(max_length=100)]
Status = Literal["open", "acknowledged", "cleared"]


class Acknowledgement(RequestModel):
    note: str | None = Field(None, max_length=2000)


@router.get("/alerts")
async def alerts(
    reader: Reader,
    rule: Name = None,
    status: Status | None = None,
    severity: Literal["low", "medium", "high"] | None = None,
    owner_id: Name = None,
    customer_id: Name = None,
    opportunity_id: Name = None,
    group_by: Literal["rule-and-owner"] | None = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Alerts in sight, newest first; or, grouped, how many by rule and person."""
    scope = await reader.scope("alerts:read")
    wanted = {
        "rule": rule,
        "status": status,
        "severity": severity,
        "owner_id": owner_id,
        "customer_id": customer_id,
        "opportunity_id": opportunity_id,
    }
    matching: Document = {name: value for name, value in wanted.items() if value is not None}
    language = reader.caller.language
    if group_by is not None:
        groups = await queries.groups(reader, scope, matching, language)
        return reader.show({"groups": groups})
    found = await queries.alerts(reader, scope, matching, limit, cursor)
    return reader.page([queries.view(one, language) for one in found.items], found.next_cursor)


@router.get("/alerts/rules")
async def rules(reader: Reader) -> Response:
    """The rules in force, with their texts."""
    await reader.scope("alerts:read")
    return reader.show({"items": msgspec.to_builtins(list(alert_rules().values()))})


@router.get("/alerts/{alert_id}")
async def alert(alert_id: str, reader: Reader) -> Response:
    found = await queries.alert(reader, await reader.scope("alerts:read"), alert_id)
    return reader.show(queries.view(found, reader.caller.language), version=found.version)


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(alert_id: str, door: Door, body: Acknowledgement | None = None) -> Response:
    """Say that it was seen; what it warns of stands until a fact clears it."""
    language = door.caller.language

    def shown(found: Alert) -> dict[str, Any]:
        return queries.view(found, language)

    note = body.note if body else None
    return await door.run(
        lambda work: commands.acknowledge_alert(work, alert_id, note), shown=shown
    )
