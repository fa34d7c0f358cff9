"""What happens to an approval."""

from dataclasses import dataclass

from chassis.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested(Fact):
    approver_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(Fact):
    step: int
    decision: str
    decided_by: str
    on_behalf_of: str | None
    comment: str | None
    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class ApprovalReturned(Fact):
    step: int
    decided_by: str
    on_behalf_of: str | None
    comment: str


@dataclass(frozen=True, kw_only=True)
class ApprovalPassedOn(Fact):
    step: int
    waiting_for: str
    previous_waiting_for: str
    passed_on_by: str
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class ApproverAdded(Fact):
    step: int
    place: str
    approver_id: str
    added_by: str
    comment: str | None
    waiting_for: str


@dataclass(frozen=True, kw_only=True)
class ApprovalRecalled(Fact):
    recalled_by: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ApprovalReminded(Fact):
    step: int
    waiting_for: str
    reminded_by: str | None


@dataclass(frozen=True, kw_only=True)
class ApprovalEscalated(Fact):
    step: int
    waiting_for: str
    previous_waiting_for: str


@dataclass(frozen=True, kw_only=True)
class ApprovalVoided(Fact):
    reason: str
    previous_status: str
