"""A change of requirements 需求变更: what it does to goal, schedule and budget, and who agreed.

Approved on our side and confirmed by a named contact of the customer, it is agreed; then it becomes
a supplement to the contract, or is noted there.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed
from contracts.values import Money

from pipeline.approvals.model import fingerprint_of

DRAFT, SUBMITTED, AGREED, APPLIED, WITHDRAWN = (
    "draft",
    "submitted",
    "agreed",
    "applied",
    "withdrawn",
)
SUPPLEMENT, NOTE = "supplement", "note"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What changes: in words, by how many days, by how much money (below zero: less)."""

    title: str
    description: str
    goal: str | None = None
    schedule: str | None = None
    schedule_days: int | None = None
    budget: str | None = None
    budget_change: Money | None = None


@dataclass(frozen=True, kw_only=True)
class RequirementChangeRaised(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class RequirementChangeRevised(Fact):
    """It says something else: what either side had said to it counts no more."""

    previous: Effect
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class RequirementChangeSubmitted(Fact):
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class RequirementChangeApproved(Fact):
    """Our side agrees. `by_rule`: the matrix asks for nobody."""

    approved_by: str | None
    by_rule: bool


@dataclass(frozen=True, kw_only=True)
class RequirementChangeRefused(Fact):
    outcome: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class RequirementChangeConfirmed(Fact):
    """The customer's contact agrees."""

    contact_id: str
    confirmed_on: date
    file_id: str | None


@dataclass(frozen=True, kw_only=True)
class RequirementChangeApplied(Fact):
    """`applied_as`: a supplement to the contract, or a note."""

    applied_as: str
    supplement_id: str | None


@dataclass(frozen=True, kw_only=True)
class RequirementChangeWithdrawn(Fact):
    reason: str
    previous_status: str


class RequirementChangeStatus(Refused):
    slug = "requirement-change-status"
    titles: ClassVar[Text] = {
        CHINESE: "需求变更当前状态不允许此操作",
        ENGLISH: "The requirement change is not at that point",
    }


@dataclass(kw_only=True)
class RequirementChange(Aggregate):
    """Of a contract, or of a deal that has none yet."""

    TYPE: ClassVar[str] = "requirement_change"

    customer_id: str
    opportunity_id: str | None = None
    contract_id: str | None = None
    asked_by: str
    effect: Effect
    status: str = DRAFT
    is_approved: bool = False
    approved_by: str | None = None
    contact_id: str | None = None
    confirmed_on: date | None = None
    file_id: str | None = None
    applied_as: str | None = None
    supplement_id: str | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.contract_id, self.opportunity_id, self.effect)

    def revise(self, changes: dict[str, Any]) -> bool:
        """Say something else, until both sides have agreed; whether anything changed."""
        self._require(DRAFT, SUBMITTED)
        before, after = self.effect, replace(self.effect, **changes)
        changed = [
            name
            for name in before.__dataclass_fields__
            if getattr(before, name) != getattr(after, name)
        ]
        if not changed:
            return False
        self.effect, self.status = after, DRAFT
        self.is_approved, self.approved_by = False, None
        self.contact_id = self.confirmed_on = self.file_id = None
        self.record(RequirementChangeRevised(previous=before, changed=changed))
        return True

    def submit(self) -> None:
        self._require(DRAFT)
        self.status = SUBMITTED
        self.record(RequirementChangeSubmitted(fingerprint=self.fingerprint))

    def approve(self, by: str | None, *, by_rule: bool = False) -> None:
        if self.status == SUBMITTED and not self.is_approved:
            self.is_approved, self.approved_by = True, by
            self._agree_if_both()
            self.record(RequirementChangeApproved(approved_by=by, by_rule=by_rule))

    def be_refused(self, outcome: str, reason: str | None) -> None:
        if self.status == SUBMITTED and not self.is_approved:
            self.status = DRAFT
            self.record(RequirementChangeRefused(outcome=outcome, reason=reason))

    def confirm(self, contact_id: str, on: date, file_id: str | None) -> None:
        """The customer's side, by somebody's name, on a day."""
        self._require(SUBMITTED)
        if self.contact_id is not None:
            raise ValidationFailed(
                FieldError(
                    "/contact_id",
                    "confirmed-already",
                    {CHINESE: "客户已确认", ENGLISH: "the customer has confirmed already"},
                )
            )
        self.contact_id, self.confirmed_on, self.file_id = contact_id, on, file_id
        self._agree_if_both()
        self.record(
            RequirementChangeConfirmed(contact_id=contact_id, confirmed_on=on, file_id=file_id)
        )

    def apply(self, applied_as: str, supplement_id: str | None = None) -> None:
        """Both sides agreed: it is in the contract now."""
        self._require(AGREED)
        self.status, self.applied_as, self.supplement_id = APPLIED, applied_as, supplement_id
        self.record(RequirementChangeApplied(applied_as=applied_as, supplement_id=supplement_id))

    def withdraw(self, reason: str) -> None:
        self._require(DRAFT, SUBMITTED, AGREED)
        previous, self.status = self.status, WITHDRAWN
        self.record(RequirementChangeWithdrawn(reason=reason, previous_status=previous))

    def _agree_if_both(self) -> None:
        if self.is_approved and self.contact_id is not None:
            self.status = AGREED

    def _require(self, *statuses: str) -> None:
        if self.status not in statuses:
            raise RequirementChangeStatus(
                {CHINESE: f"状态：{self.status}", ENGLISH: f"it is {self.status}"},
                members={"current_status": self.status},
            )


def raise_change(
    *,
    identifier: str,
    customer_id: str,
    asked_by: str,
    effect: Effect,
    owner_id: str | None,
    team_id: str | None,
    region: str | None,
    collaborator_ids: list[str],
    opportunity_id: str | None,
    contract_id: str | None,
) -> RequirementChange:
    change = RequirementChange(
        id=identifier,
        key=customer_id,
        owner_id=owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=collaborator_ids,
        rights_of=f"opportunity:{opportunity_id}" if opportunity_id else None,
        customer_id=customer_id,
        opportunity_id=opportunity_id,
        contract_id=contract_id,
        asked_by=asked_by,
        effect=effect,
    )
    change.record(RequirementChangeRaised())
    return change
