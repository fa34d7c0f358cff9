"""The hand-over 项目移交 of a deal that was won: a checklist, told by sales, accepted by delivery.

    open → submitted → accepted
      ↑        │ returned, with reasons
      └────────┘                    (cancelled: the deal was reopened)

Winning does not wait for it: it is opened by winning, and is due some working days later.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed

OPEN, SUBMITTED, ACCEPTED, CANCELLED = "open", "submitted", "accepted", "cancelled"
_CHINESE = {OPEN: "待移交", SUBMITTED: "待接收", ACCEPTED: "已接收", CANCELLED: "已取消"}
CHECKLIST: dict[str, tuple[str, str]] = {
    "contract": ("合同", "Contract"),
    "technical_agreement": ("技术协议", "Technical agreement"),
    "promises": ("对客户的承诺", "Promises made"),
    "risks": ("风险", "Risks"),
    "contacts": ("客户联系人", "Contacts"),
    "payment_milestones": ("回款节点", "Payment milestones"),
}
"""What every hand-over tells of: code → the words for it."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One point of the checklist: what there is to say, or why there is nothing."""

    code: str
    text: str | None = None
    file_ids: list[str] = field(default_factory=list)
    contact_ids: list[str] = field(default_factory=list)
    not_applicable: str | None = None

    @property
    def is_told(self) -> bool:
        return bool(self.text or self.file_ids or self.contact_ids or self.not_applicable)


@dataclass(frozen=True, kw_only=True)
class HandOverOpened(Fact):
    due_on: date


@dataclass(frozen=True, kw_only=True)
class HandOverFilled(Fact):
    previous: list[Item]
    previous_after_sales: list[str]
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class HandOverSubmitted(Fact):
    submitted_by: str


@dataclass(frozen=True, kw_only=True)
class HandOverAccepted(Fact):
    accepted_by: str
    comment: str | None


@dataclass(frozen=True, kw_only=True)
class HandOverReturned(Fact):
    returned_by: str
    reasons: list[str]


@dataclass(frozen=True, kw_only=True)
class HandOverOverdue(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class HandOverOwnerChanged(Fact):
    previous_owner_id: str


@dataclass(frozen=True, kw_only=True)
class HandOverCancelled(Fact):
    reason: str


class HandOverStatus(Refused):
    slug = "hand-over-status"
    titles: ClassVar[Text] = {
        CHINESE: "项目移交当前状态不允许此操作",
        ENGLISH: "The hand-over is not at that point",
    }


class AcceptedByOneself(Refused):
    slug = "own-hand-over"
    status = 403
    titles: ClassVar[Text] = {
        CHINESE: "不能接收自己提交的移交",
        ENGLISH: "Nobody accepts what they handed over themselves",
    }


@dataclass(kw_only=True)
class HandOver(Aggregate):
    """Its id is that of the deal; a deal won again after it was reopened begins its next round."""

    TYPE: ClassVar[str] = "hand_over"

    customer_id: str
    opportunity_id: str
    due_on: date
    round: int = 1
    status: str = OPEN
    items: list[Item]
    after_sales: list[str] = field(default_factory=list)
    submitted_by: str | None = None
    accepted_by: str | None = None
    comment: str | None = None
    reasons: list[str] = field(default_factory=list)
    is_overdue: bool = False

    @property
    def is_waited_for(self) -> bool:
        return self.status in (OPEN, SUBMITTED)

    def begin(self, due_on: date) -> None:
        """The deal was won, for the first time or again."""
        if self.version:
            self.round += 1
        self.status, self.due_on, self.is_overdue = OPEN, due_on, False
        self.submitted_by = self.accepted_by = self.comment = None
        self.reasons = []
        self.record(HandOverOpened(due_on=due_on))

    def fill(self, items: list[Item], after_sales: list[str] | None) -> None:
        """Say what there is to say, point by point; what is not named stays as it is."""
        self._require(OPEN)
        said = {item.code: item for item in items}
        before, before_after = self.items, self.after_sales
        self.items = [said.get(item.code, item) for item in before]
        if after_sales is not None:
            self.after_sales = after_sales
        changed = [now.code for was, now in zip(before, self.items, strict=True) if was != now] + (
            ["after_sales"] if self.after_sales != before_after else []
        )
        if changed:
            self.record(
                HandOverFilled(previous=before, previous_after_sales=before_after, changed=changed)
            )

    def submit(self, by: str) -> None:
        """Raises ValidationFailed with every point nothing was said to."""
        self._require(OPEN)
        untold = [
            FieldError(
                f"/items/{place}",
                "untold",
                {
                    CHINESE: f"{CHECKLIST[item.code][0]}未填写，也未说明不适用",
                    ENGLISH: f"{CHECKLIST[item.code][1]}: neither told nor said not to apply",
                },
            )
            for place, item in enumerate(self.items)
            if not item.is_told
        ]
        if untold:
            raise ValidationFailed(untold)
        self.status, self.submitted_by, self.reasons = SUBMITTED, by, []
        self.record(HandOverSubmitted(submitted_by=by))

    def accept(self, by: str, comment: str | None) -> None:
        self._require(SUBMITTED)
        self._require_other(by)
        self.status, self.accepted_by, self.comment = ACCEPTED, by, comment
        self.is_overdue = False
        self.record(HandOverAccepted(accepted_by=by, comment=comment))

    def give_back(self, by: str, reasons: list[str]) -> None:
        """Delivery cannot begin with that."""
        self._require(SUBMITTED)
        self._require_other(by)
        self.status, self.reasons = OPEN, reasons
        self.record(HandOverReturned(returned_by=by, reasons=reasons))

    def miss(self) -> None:
        """Its day has passed, and delivery has not accepted it."""
        if self.is_waited_for and not self.is_overdue:
            self.is_overdue = True
            self.record(HandOverOverdue())

    def hand_to(self, owner_id: str, team_id: str | None, region: str | None) -> None:
        if owner_id != self.owner_id and self.is_waited_for:
            previous = self.owner_id or ""
            self.owner_id, self.team_id, self.region = owner_id, team_id, region
            self.record(HandOverOwnerChanged(previous_owner_id=previous))

    def cancel(self, reason: str) -> None:
        if self.status != CANCELLED:
            self.status, self.is_overdue = CANCELLED, False
            self.record(HandOverCancelled(reason=reason))

    def _require(self, status: str) -> None:
        if self.status != status:
            raise HandOverStatus(
                {CHINESE: f"状态：{_CHINESE[self.status]}", ENGLISH: f"it is {self.status}"},
                members={"current_status": self.status},
            )

    def _require_other(self, by: str) -> None:
        if by == self.submitted_by:
            raise AcceptedByOneself


def untold_items() -> list[Item]:
    return [Item(code=code) for code in CHECKLIST]
