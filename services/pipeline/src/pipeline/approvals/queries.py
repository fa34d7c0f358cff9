"""What waits for somebody, what they asked for, and what they decided."""

from dataclasses import dataclass

from chassis.clock import local_date
from chassis.door import Reading
from chassis.inbox import COUNTED_UP_TO
from chassis.mongo import Document
from chassis.problems import NotFound
from chassis.scopes import Scope

from pipeline.approvals.model import OPEN, Approval
from pipeline.approvals.store import APPROVALS
from pipeline.stand_ins.store import stood_in_for


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one reader may see: by right, and of what they are asked themselves or for others.

    `principals` are those they stand in for today, with the kinds of paper; None for all kinds.
    """

    staff_id: str | None
    scope: Scope
    margins: Scope | None
    principals: dict[str, frozenset[str] | None]

    def is_asked(self, approval: Approval) -> bool:
        """Whether it is their turn, or that of somebody they stand in for as to that kind."""
        asked = approval.waiting_for
        if asked is None or self.staff_id in approval.barred:
            return False
        if asked == self.staff_id:
            return True
        kinds = self.principals.get(asked, frozenset())
        return kinds is None or approval.kind in kinds

    def shows(self, approval: Approval) -> bool:
        return self.scope.allows(approval) or self.is_asked(approval)

    def shows_margin(self, approval: Approval) -> bool:
        """Margins are for those who are or were asked, and for who has a right to them."""
        if self.is_asked(approval) or (
            self.staff_id not in approval.barred
            and any(step.approver_id == self.staff_id for step in approval.steps)
        ):
            return True
        return self.margins is not None and self.margins.allows(approval)

    def to_decide(self) -> Document:
        """What is the reader's own is not theirs to decide, whoever they stand in for."""
        ways: list[Document] = [{"waiting_for": self.staff_id or "-"}]
        for principal, kinds in self.principals.items():
            of_kinds = {} if kinds is None else {"paper.kind": {"$in": sorted(kinds)}}
            ways.append({"waiting_for": principal} | of_kinds)
        return {
            "$or": ways,
            "status": OPEN,
            "requested_by": {"$ne": self.staff_id},
            "paper.owner_id": {"$ne": self.staff_id},
        }

    def matching(self, mine: str | None) -> Document:
        """The condition for a list: one's own ones of a sort, or all that may be read."""
        if mine == "to-decide":
            return self.to_decide()
        if mine == "requested":
            return {"requested_by": self.staff_id or "-"}
        if mine == "decided":
            return {"deciders": self.staff_id or "-"}
        return self.scope.filter()


async def sight_of(reader: Reading) -> Sight:
    """Raises Forbidden: the reader has no right to any approval."""
    staff_id = reader.caller.staff_id
    today = local_date(reader.now, reader.core.settings.timezone)
    has_margins = await reader.may("approvals:read-margin")
    return Sight(
        staff_id=staff_id,
        scope=await reader.scope("approvals:read"),
        margins=await reader.scope("approvals:read-margin") if has_margins else None,
        principals=await stood_in_for(reader.db, staff_id, today) if staff_id else {},
    )


async def seen(reader: Reading, sight: Sight, identifier: str) -> Approval:
    """Raises NotFound: there is none, or it may not be seen."""
    approval = await reader.find(APPROVALS, identifier)
    if approval is None or not sight.shows(approval):
        raise NotFound(Approval.TYPE, identifier)
    return approval


async def counted(reader: Reading, condition: Document) -> int:
    """How many, as far as anybody wants to know."""
    return await reader.db[APPROVALS.collection].count_documents(condition, limit=COUNTED_UP_TO)
