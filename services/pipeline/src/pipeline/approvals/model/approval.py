"""An approval 审批 of a paper: who is asked, one after the other, and what comes of it.

It speaks for exactly what the paper said when it was requested, its fingerprint. Nobody approves
what is their own, or what they asked for; whoever is entitled says so once, and all is then told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH, FieldError, RateLimited, ValidationFailed
from contracts.values import Money

from pipeline.approval_matrices.model import Deadlines
from pipeline.approvals.model.facts import (
    ApprovalDecided,
    ApprovalEscalated,
    ApprovalPassedOn,
    ApprovalRecalled,
    ApprovalReminded,
    ApprovalRequested,
    ApprovalReturned,
    ApprovalVoided,
    ApproverAdded,
)
from pipeline.approvals.model.papers import Paper
from pipeline.approvals.model.refusals import ApprovalSettled, NotYourTurn, OwnPaper, PaperChanged

OPEN, APPROVED, REFUSED, RETURNED = "open", "approved", "refused", "returned"
RECALLED, VOID = "recalled", "void"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, kw_only=True)
class Decider:
    """Somebody who acts, and those they stand in for 代理 today as to this kind of paper."""

    staff_id: str
    stands_in_for: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class Step:
    """One who is asked; `asked_as` says by which words of the matrix, or by whose act."""

    approver_id: str
    asked_as: str
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    comment: str | None = None


@dataclass(kw_only=True)
class Approval(Aggregate):
    """One round of asking about one paper; `waiting_for` is the approver whose turn it is."""

    TYPE: ClassVar[str] = "approval"

    paper: Paper
    round: int
    requested_by: str
    note: str | None = None
    matrix: str
    deadlines: Deadlines
    steps: list[Step]
    status: str = OPEN
    waiting_for: str | None = None
    due_at: datetime | None = None
    deciders: list[str] = field(default_factory=list)
    decided_by: str | None = None
    comment: str | None = None
    urge_again_at: datetime | None = None

    @property
    def kind(self) -> str:
        return self.paper.kind

    @property
    def paper_id(self) -> str:
        return self.paper.id

    @property
    def fingerprint(self) -> str:
        return self.paper.fingerprint

    @property
    def opportunity_id(self) -> str | None:
        return self.paper.opportunity_id

    @property
    def customer_id(self) -> str | None:
        return self.paper.customer_id

    @property
    def amount(self) -> Money | None:
        return self.paper.amount

    @property
    def discount(self) -> Decimal | None:
        return self.paper.discount

    @property
    def is_below_floor(self) -> bool:
        return self.paper.is_below_floor

    @property
    def outcome(self) -> str | None:
        """`approved`, `refused`, `returned`, `recalled` or `void`; None while it is open."""
        return None if self.status == OPEN else self.status

    @property
    def barred(self) -> set[str]:
        """Who never decides: whose paper it is, and who asks for it."""
        return {self.requested_by, self.paper.owner_id}

    def approve(self, by: Decider, comment: str | None, *, at: datetime) -> None:
        """The next one is asked; after the last one, the paper is approved."""
        place, step = self._turn_of(by)
        self._say(step, APPROVED, by, comment, at)
        following = self.steps[place + 1 :]
        if following:
            self._wait_for(following[0].approver_id)
        else:
            self._settle(APPROVED, by.staff_id, comment)
        self._tell_decision(place, step, by)

    def refuse(self, by: Decider, reason: str, *, at: datetime) -> None:
        """One refusal is enough; nobody else is asked."""
        place, step = self._turn_of(by)
        self._say(step, REFUSED, by, reason, at)
        self._settle(REFUSED, by.staff_id, reason)
        self._tell_decision(place, step, by)

    def return_for_change(self, by: Decider, reason: str, *, at: datetime) -> None:
        """Return 退回: who asked changes the paper, and asks anew."""
        place, step = self._turn_of(by)
        self._say(step, RETURNED, by, reason, at)
        self._settle(RETURNED, by.staff_id, reason)
        self.record(
            ApprovalReturned(
                step=place + 1,
                decided_by=by.staff_id,
                on_behalf_of=_principal(step, by),
                comment=reason,
            )
        )

    def pass_on(self, by: Decider, to: str, comment: str | None) -> None:
        """Pass on 转审: somebody else decides in one's place."""
        self._turn_of(by)
        self.reassign(by.staff_id, to, comment)

    def reassign(self, by: str, to: str, comment: str | None) -> None:
        """Another approver for the step that is open, by whoever may order that."""
        place, step = self._open_step()
        self._require_askable(to)
        previous, step.approver_id = step.approver_id, to
        self._wait_for(to)
        self.record(
            ApprovalPassedOn(
                step=place + 1,
                waiting_for=to,
                previous_waiting_for=previous,
                passed_on_by=by,
                comment=comment,
            )
        )

    def add_approver(self, by: Decider, approver_id: str, place: str, comment: str | None) -> None:
        """Add an approver 加签, before one's own decision or after it."""
        current, _ = self._turn_of(by)
        self._require_askable(approver_id)
        at = current if place == BEFORE else current + 1
        self.steps.insert(at, Step(approver_id=approver_id, asked_as=f"added:{by.staff_id}"))
        self._wait_for(self.steps[current].approver_id)
        self._share_with(approver_id)
        self.record(
            ApproverAdded(
                step=at + 1,
                place=place,
                approver_id=approver_id,
                added_by=by.staff_id,
                comment=comment,
                waiting_for=self.steps[current].approver_id,
            )
        )

    def recall(self, by: str, reason: str | None) -> None:
        """Recall 撤回: who asked takes it back, while it is not decided."""
        self._open_step()
        self._require_theirs(by)
        self._settle(RECALLED, by, reason)
        self.record(ApprovalRecalled(recalled_by=by, reason=reason))

    def urge(self, by: str, *, now: datetime, again_at: datetime) -> None:
        """Remind 催办 the approver, on behalf of who asked; not too often."""
        self._open_step()
        self._require_theirs(by)
        if self.urge_again_at is not None and now < self.urge_again_at:
            seconds = int((self.urge_again_at - now).total_seconds()) + 1
            raise RateLimited(
                {CHINESE: "刚催办过，请稍后再试", ENGLISH: "they have just been reminded"},
                headers={"Retry-After": str(seconds)},
            )
        self.urge_again_at = again_at
        self.remind(by)

    def remind(self, by: str | None = None) -> None:
        place, step = self._open_step()
        self.record(ApprovalReminded(step=place + 1, waiting_for=step.approver_id, reminded_by=by))

    def escalate(self, superiors: Sequence[str]) -> bool:
        """Too late: the approver's next superior is asked instead; whether there is one."""
        place, step = self._open_step()
        said = {one.approver_id for one in self.steps[: place + 1]}
        to = next((one for one in superiors if one not in self.barred | said), None)
        if to is None:
            return False
        # Asked now, they need not be asked again later.
        self.steps[place + 1 :] = [one for one in self.steps[place + 1 :] if one.approver_id != to]
        previous, step.approver_id, step.asked_as = step.approver_id, to, "escalated"
        self._wait_for(to)
        self.record(
            ApprovalEscalated(step=place + 1, waiting_for=to, previous_waiting_for=previous)
        )
        return True

    def void(self, reason: str) -> bool:
        """It counts no more; whether it did so far."""
        if self.status not in (OPEN, APPROVED):
            return False
        previous, self.status, self.waiting_for, self.due_at = self.status, VOID, None, None
        self.record(ApprovalVoided(reason=reason, previous_status=previous))
        return True

    def require_unchanged(self, fingerprint: str) -> None:
        """Raises PaperChanged where the paper says something else than what was approved."""
        if fingerprint != self.fingerprint:
            raise PaperChanged(
                {
                    CHINESE: "提交审批后内容有变，请重新提交",
                    ENGLISH: "it was changed after its approval was requested: request it anew",
                }
            )

    def _open_step(self) -> tuple[int, Step]:
        if self.status != OPEN:
            words = _CHINESE_STATUS[self.status]
            raise ApprovalSettled(
                {CHINESE: f"审批{words}", ENGLISH: f"the approval is {self.status}"},
                members={"outcome": self.status},
            )
        return next((n, step) for n, step in enumerate(self.steps) if step.decision is None)

    def _turn_of(self, by: Decider) -> tuple[int, Step]:
        place, step = self._open_step()
        if by.staff_id in self.barred:
            raise OwnPaper(
                {CHINESE: "单据属于您或由您提交", ENGLISH: "it is yours, or you requested it"}
            )
        if step.approver_id not in by.stands_in_for | {by.staff_id}:
            raise NotYourTurn(
                {CHINESE: "正在等待他人审批", ENGLISH: "somebody else is asked at present"},
                members={"waiting_for": self.waiting_for},
            )
        return place, step

    def _require_askable(self, approver_id: str) -> None:
        """Whoever may not decide need not be asked, nor who is asked or has decided already."""
        if approver_id in self.barred:
            code, zh, en = "own-paper", "不能审批自己的单据", "would approve their own paper"
        elif any(step.approver_id == approver_id for step in self.steps):
            code, zh, en = "asked-already", "已在审批人之列", "is one of the approvers already"
        else:
            return
        raise ValidationFailed(FieldError("/approver_id", code, {CHINESE: zh, ENGLISH: en}))

    def _require_theirs(self, by: str) -> None:
        if by not in self.barred:
            raise NotYourTurn(
                {CHINESE: "不是您提交的审批", ENGLISH: "you did not request this approval"}
            )

    def _say(
        self, step: Step, decision: str, by: Decider, comment: str | None, at: datetime
    ) -> None:
        step.decision, step.decided_by, step.decided_at = decision, by.staff_id, at
        step.comment = comment
        self.deciders = sorted({*self.deciders, by.staff_id})
        self._share_with(by.staff_id)

    def _tell_decision(self, place: int, step: Step, by: Decider) -> None:
        self.record(
            ApprovalDecided(
                step=place + 1,
                decision=step.decision or "",
                decided_by=by.staff_id,
                on_behalf_of=_principal(step, by),
                comment=step.comment,
                outcome=self.outcome,
            )
        )

    def _settle(self, status: str, by: str, comment: str | None) -> None:
        self.status, self.decided_by, self.comment = status, by, comment
        self.waiting_for, self.due_at = None, None

    def _wait_for(self, approver_id: str) -> None:
        self.waiting_for = approver_id
        self.urge_again_at = None
        self._share_with(approver_id)

    def _share_with(self, staff_id: str) -> None:
        self.collaborator_ids = sorted({*self.collaborator_ids, staff_id})


_CHINESE_STATUS = {
    APPROVED: "已通过",
    REFUSED: "已被拒绝",
    RETURNED: "已退回",
    RECALLED: "已撤回",
    VOID: "已失效",
}


def _principal(step: Step, by: Decider) -> str | None:
    return None if step.approver_id == by.staff_id else step.approver_id


def request(
    paper: Paper,
    steps: list[Step],
    *,
    identifier: str,
    number: int,
    requested_by: str,
    team_id: str | None,
    region: str | None,
    matrix: str,
    deadlines: Deadlines,
    note: str | None,
) -> Approval:
    """Ask the first of `steps`; the others follow in their order."""
    approval = Approval(
        id=identifier,
        key=paper.customer_id or paper.opportunity_id or identifier,
        owner_id=paper.owner_id,
        team_id=team_id,
        region=region,
        collaborator_ids=sorted({requested_by, *(step.approver_id for step in steps)}),
        paper=paper,
        round=number,
        requested_by=requested_by,
        note=note,
        matrix=matrix,
        deadlines=deadlines,
        steps=steps,
        waiting_for=steps[0].approver_id,
    )
    approval.record(ApprovalRequested(approver_ids=[step.approver_id for step in steps]))
    return approval
