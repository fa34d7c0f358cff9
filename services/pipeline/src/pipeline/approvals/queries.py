"""What waits for somebody, what they asked for, and what they decided."""

from datetime import date

from chassis.clock import local_date
from chassis.door import Reading
from chassis.inbox import COUNTED_UP_TO
from chassis.mongo import Document
from chassis.problems import NotFound

from pipeline.approvals.model import OPEN, Approval
from pipeline.approvals.store import APPROVALS
from pipeline.stand_ins.store import stood_in_for


async def seen(reader: Reading, identifier: str) -> Approval:
    """The approval, if the caller may see it, or stands in for who is asked."""
    scope = await reader.scope("approvals:read")
    approval = await reader.find(APPROVALS, identifier)
    if approval is None:
        raise NotFound(Approval.TYPE, identifier)
    if not scope.allows(approval) and approval.waiting_for not in await _asked_as(
        reader, approval.kind
    ):
        raise NotFound(Approval.TYPE, identifier)
    return approval


async def shows_margin(reader: Reading, approval: Approval) -> bool:
    """Margins are for those who are asked, and for who has a right of their own to them."""
    staff_id = reader.caller.staff_id
    if staff_id is not None and any(step.approver_id == staff_id for step in approval.steps):
        return staff_id not in approval.barred
    if approval.waiting_for in await _asked_as(reader, approval.kind):
        return True
    if not await reader.may("approvals:read-margin"):
        return False
    return (await reader.scope("approvals:read-margin")).allows(approval)


async def matching(reader: Reading, mine: str | None) -> Document:
    """The condition for a list: one's own ones of a sort, or all that may be read."""
    scope = await reader.scope("approvals:read")
    staff_id = reader.caller.staff_id or "-"
    if mine == "to-decide":
        return await to_decide(reader)
    if mine == "requested":
        return {"requested_by": staff_id}
    if mine == "decided":
        return {"deciders": staff_id}
    return scope.filter()


async def to_decide(reader: Reading) -> Document:
    """Whose turn it is: the caller's, or of somebody they stand in for as to that kind.

    What is the caller's own is not theirs to decide, whoever they stand in for.
    """
    staff_id = reader.caller.staff_id or "-"
    ways: list[Document] = [{"waiting_for": staff_id}]
    for principal, kinds in (await stood_in_for(reader.db, staff_id, _today(reader))).items():
        of_kinds = {} if kinds is None else {"paper.kind": {"$in": sorted(kinds)}}
        ways.append({"waiting_for": principal} | of_kinds)
    return {
        "$or": ways,
        "status": OPEN,
        "requested_by": {"$ne": staff_id},
        "paper.owner_id": {"$ne": staff_id},
    }


async def counted(reader: Reading, condition: Document) -> int:
    """How many, as far as anybody wants to know."""
    return await reader.db[APPROVALS.collection].count_documents(condition, limit=COUNTED_UP_TO)


async def _asked_as(reader: Reading, kind: str) -> set[str]:
    staff_id = reader.caller.staff_id
    if staff_id is None:
        return set()
    found = await stood_in_for(reader.db, staff_id, _today(reader))
    return {staff_id} | {one for one, kinds in found.items() if kinds is None or kind in kinds}


def _today(reader: Reading) -> date:
    return local_date(reader.now, reader.core.settings.timezone)
