"""The deal 商机 itself: what can be done with it, and what it refuses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.evidence.model import Evidence
from pipeline.opportunities.model import facts
from pipeline.opportunities.model.facts import StageMark
from pipeline.opportunities.model.gates import (
    INVALID,
    PROVEN,
    WAIVED,
    BuyingRoles,
    MilestoneMark,
    Proof,
    Standing,
    buyer_lag,
    proof_of,
    standing_of,
    told,
)
from pipeline.opportunities.model.refusals import (
    GateClosed,
    MoveNotAllowed,
    OpportunityClosed,
    WaivedByOneself,
)
from pipeline.opportunities.model.terms import Terms, changed_terms, priced
from pipeline.templates.model import Process

OPEN, WON, LOST = "open", "won", "lost"
DAY = timedelta(days=1)


def mark(process: Process, number: int) -> StageMark:
    stage = process.stage(number)
    return StageMark(number=number, code=stage.code, norm_days=stage.norm_days)


def require_buyer_stage(process: Process, number: int) -> None:
    """Raises ValidationFailed if the process pairs none of its stages with that of the buyer."""
    if not 1 <= number <= len(process.stages) or process.stage(number).buyer_stage is None:
        raise _wrong("/buyer_stage", "unknown", "没有这个采购阶段", "no such buyer's stage")


@dataclass(kw_only=True)
class Opportunity(Aggregate):
    """A deal on one process, at one stage, open, won or lost.

    `milestones` holds what is proven or waived, by milestone code. `stage_since` is missing where
    the deal entered midway (中途介入) or comes from history: its time in that stage is not known.
    `progressed_at` is its last proven progress: a move forward or a milestone, by business time.
    `words` are what it is found by (`search`); they follow its names and are no decision.
    """

    TYPE: ClassVar[str] = "opportunity"

    external_id: str | None = None
    template: str
    template_version: int
    terms: Terms
    status: str = OPEN
    stage: int
    stage_since: datetime | None = None
    buyer_stage: int | None = None
    is_mid_way: bool = False
    intent: str = "none"
    opened_on: date | None = None
    closed_on: date | None = None
    won_amount: Money | None = None
    lost_reasons: list[str] = field(default_factory=list)
    lost_note: str | None = None
    winner: str | None = None
    closed_from_stage: int | None = None
    is_parked: bool = False
    wake_on: date | None = None
    slips: int = 0
    milestones: dict[str, MilestoneMark] = field(default_factory=dict)
    need_told_by: Proof | None = None
    estimate: Money | None = None
    paper_amounts: dict[str, Money] = field(default_factory=dict)
    linked_evidence: list[str] = field(default_factory=list)
    progressed_at: datetime | None = None
    words: list[str] = field(default_factory=list)

    @property
    def opportunity_id(self) -> str:
        return self.id

    @property
    def customer_id(self) -> str | None:
        return self.terms.customer_id

    def probability(self, process: Process) -> Decimal:
        """A person's figure where one was given, else that of the stage."""
        if self.status != OPEN:
            return Decimal(1 if self.status == WON else 0)
        override = self.terms.probability
        return process.stage(self.stage).probability if override is None else override

    # What is known of the deal

    def update(self, changes: dict[str, Any], *, now: datetime) -> None:
        """Change terms; a moved expected close is a fact of its own, later ones are counted."""
        self._require_open()
        before = self.terms
        kept = {name: getattr(before, name) for name in before.__dataclass_fields__}
        after = Terms(**priced(kept | changes, self.paper_amounts))
        if "amount" in changes and changes["amount"] != after.amount:
            raise _wrong(
                "/amount", "follows-lines", "金额由明细或单据决定", "follows from lines or papers"
            )
        self.terms = after
        self.collaborator_ids = list(self.terms.collaborator_ids)
        changed = changed_terms(before, self.terms)
        if "expected_close_on" in changed:
            self._expect_close(before.expected_close_on)
            changed.remove("expected_close_on")
        if changed:
            self.record(
                facts.OpportunityUpdated(terms=self.terms, previous=before, changed=changed)
            )
        if "need" in changed:
            self._note_need(now)

    def take_amount(self, source: str, amount: Money | None) -> None:
        """What the deal is worth by its papers: `source` is `contract` or `quote`.

        None: that paper stands no longer, and what comes after it in rank counts again.
        """
        if self.status != OPEN:
            return
        before = self.terms
        if before.amount_source == "estimate":
            self.estimate = before.amount
        if amount is None:
            self.paper_amounts.pop(source, None)
        else:
            self.paper_amounts[source] = amount
        kept = {name: getattr(before, name) for name in before.__dataclass_fields__}
        self.terms = Terms(**priced(kept | {"amount": self.estimate}, self.paper_amounts))
        changed = changed_terms(before, self.terms)
        if changed:
            self.record(
                facts.OpportunityUpdated(terms=self.terms, previous=before, changed=changed)
            )

    def change_intent(self, intent: str, reason: str | None = None) -> None:
        self._require_open()
        if intent == self.intent:
            return
        previous, self.intent = self.intent, intent
        self.record(facts.IntentChanged(intent=intent, previous_intent=previous, reason=reason))

    def hand_to(self, owner_id: str, team_id: str | None, region: str | None) -> None:
        """Another owner; its papers stay with whoever wrote them."""
        if owner_id == self.owner_id:
            return
        previous = self.owner_id or ""
        self.owner_id, self.team_id, self.region = owner_id, team_id, region
        self.record(facts.OpportunityOwnerChanged(owner_id=owner_id, previous_owner_id=previous))

    def park(self, wake_on: date, reason: str | None) -> None:
        """Still open, but out of funnel and forecast until `wake_on`."""
        self._require_open()
        self.is_parked, self.wake_on = True, wake_on
        self.record(facts.OpportunityParked(is_parked=True, wake_on=wake_on, reason=reason))

    def wake(self) -> None:
        self._require_open()
        if self.is_parked:
            self.is_parked, self.wake_on = False, None
            self.record(facts.OpportunityParked(is_parked=False))

    def set_buyer_stage(self, process: Process, number: int, evidence: str) -> None:
        self._require_open()
        require_buyer_stage(process, number)
        if number != self.buyer_stage:
            previous, self.buyer_stage = self.buyer_stage, number
            self.record(
                facts.BuyerStageChanged(
                    buyer_stage=number, previous_buyer_stage=previous, evidence=evidence
                )
            )

    # Evidence

    def link(self, fact: Evidence) -> None:
        """Take a fact that named only the customer as one about this deal."""
        if fact.id not in self.linked_evidence and self.id not in fact.opportunity_ids:
            self.linked_evidence.append(fact.id)
            self.record(facts.EvidenceLinked(evidence=fact.event_id, kind=fact.kind))

    def learn(self, process: Process, evidence: Iterable[Evidence], roles: BuyingRoles) -> None:
        """Record each milestone, earlier or later than the stage, that `evidence` proves now."""
        if self.status != OPEN:
            return
        known = list(evidence)
        for stage, milestone in process.winning(1):
            held = self.milestones.get(milestone.code)
            if held is not None and held.is_met:
                continue
            proof = proof_of(milestone, self.terms, self.need_told_by, known, roles)
            if proof is None:
                continue
            self.milestones[milestone.code] = MilestoneMark(
                state=PROVEN, stage=stage, proof=proof.event_id, at=proof.at
            )
            self._progress(proof.at)
            self.record(
                facts.MilestoneProven(
                    milestone=milestone.code,
                    stage=stage,
                    proof=proof.event_id,
                    proven_at=proof.at,
                )
            )

    def doubt(self, proof: str, reason: str) -> None:
        """The event `proof` no longer stands (证据失效): what it proved is flagged.

        It never moves the deal back; it blocks the next move.
        """
        for code, held in sorted(self.milestones.items()):
            if held.state == PROVEN and held.proof == proof:
                held.state, held.reason = INVALID, reason
                self.record(
                    facts.MilestoneInvalidated(
                        milestone=code, stage=held.stage, proof=proof, reason=reason
                    )
                )

    def check(self, evidence: Iterable[Evidence]) -> None:
        """Doubt what is proven by facts that were withdrawn since."""
        for fact in evidence:
            if not fact.stands:
                self.doubt(fact.event_id, fact.withdrawn_reason or "it was withdrawn")

    @property
    def proofs(self) -> list[str]:
        """The events that prove its milestones."""
        return sorted(held.proof for held in self.milestones.values() if held.proof)

    def waive(
        self, process: Process, codes: list[str], *, by: str, reason: str, now: datetime
    ) -> None:
        """Let milestones pass without proof 豁免. A superior's, never on a deal of one's own."""
        self._require_open()
        if by == self.owner_id:
            raise WaivedByOneself
        by_stage: dict[int, list[str]] = {}
        for place, code in enumerate(codes):
            found = process.milestone(code)
            if found is None:
                raise _wrong(f"/milestones/{place}", "unknown", "没有此里程碑", "no such milestone")
            held = self.milestones.get(code)
            if held is None or not held.is_met:
                by_stage.setdefault(found[0], []).append(code)
        for stage, waived in sorted(by_stage.items()):
            for code in waived:
                self.milestones[code] = MilestoneMark(
                    state=WAIVED, stage=stage, at=now, reason=reason, waived_by=by
                )
            self.record(
                facts.GateWaived(stage=stage, milestones=waived, waived_by=by, reason=reason)
            )

    def standing(
        self,
        process: Process,
        to_stage: int | None = None,
        evidence: Iterable[Evidence] = (),
        roles: BuyingRoles | None = None,
    ) -> list[Standing]:
        """Every milestone between here and `to_stage` (None: winning), and flagged earlier ones."""
        if to_stage is None:
            asked = process.winning(self.stage)
        else:
            asked = process.gates(self.stage, to_stage)
        codes = {milestone.code for _, milestone in asked}
        flagged = [
            found
            for code, held in sorted(self.milestones.items())
            if held.state == INVALID
            and code not in codes
            and (found := process.milestone(code)) is not None
        ]
        known = list(evidence)
        return [
            standing_of(
                stage,
                milestone,
                self.milestones.get(milestone.code),
                proof_of(milestone, self.terms, self.need_told_by, known, roles or {}),
            )
            for stage, milestone in flagged + asked
        ]

    # Moving

    def advance(self, process: Process, to_stage: int, *, now: datetime) -> None:
        """Move forward to `to_stage`. Raises `GateClosed` with all that is missing."""
        if self.status == WON:
            self._go_on_after_winning(process, to_stage, now)
            return
        self._require_open()
        if not self.stage < to_stage <= process.last_open_stage:
            raise _wrong("/stage", "not-ahead", "不是可推进到的阶段", "no stage ahead of this one")
        if to_stage > self.stage + 1 and not process.rules.may_skip:
            raise MoveNotAllowed({CHINESE: "不可跳过阶段", ENGLISH: "no stage may be skipped"})
        self._require_gates(process, to_stage, self.standing(process, to_stage))
        self._enter(process, to_stage, now)

    def win(
        self, process: Process, *, amount: Money | None, closed_on: date, now: datetime
    ) -> None:
        """Won 成交: all gates up to it are open; `amount` is what was signed for."""
        self._require_open()
        signed = amount or self.terms.amount
        errors = []
        if signed is None:
            errors.append(_error("/amount", "required", "缺少成交金额", "the amount is missing"))
        if self.customer_id is None:
            errors.append(_error("/customer_id", "required", "商机没有客户", "no customer yet"))
        if self.opened_on is not None and closed_on < self.opened_on:
            errors.append(_error("/closed_on", "too-early", "早于开始日期", "before its opening"))
        if errors or signed is None:
            raise ValidationFailed(errors)
        self._require_gates(process, process.won_stage, self.standing(process))
        self._close_as_won(process, signed, closed_on, at=None)
        self.stage_since = now
        self._progress(now)

    def lose(
        self,
        process: Process,
        *,
        reasons: list[str],
        closed_on: date,
        note: str | None = None,
        winner: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Lost 失单. Always allowed: a gate keeps nobody from telling the truth."""
        self._require_open()
        if self.opened_on is not None and closed_on < self.opened_on:
            raise _wrong("/closed_on", "too-early", "早于开始日期", "before its opening")
        self.status, self.closed_on = LOST, closed_on
        self.lost_reasons, self.lost_note, self.winner = reasons, note, winner
        self.closed_from_stage = self.stage
        self.is_parked, self.wake_on = False, None
        self.record(
            facts.OpportunityLost(
                reasons=reasons,
                note=note,
                winner=winner,
                opened_on=self.opened_on,
                closed_on=closed_on,
                previous_stage=mark(process, self.stage),
            ),
            at=at,
        )

    def move_back(self, process: Process, to_stage: int, reason: str, *, now: datetime) -> None:
        """Return to an earlier stage. What was proven stays proven."""
        self._require_open()
        if not process.rules.may_move_back:
            raise MoveNotAllowed({CHINESE: "不可退回阶段", ENGLISH: "no stage may be gone back to"})
        if not 1 <= to_stage < self.stage:
            raise _wrong("/stage", "not-behind", "不是之前的阶段", "no stage behind this one")
        previous = mark(process, self.stage)
        self.stage, self.stage_since = to_stage, now
        self.record(
            facts.StageMovedBack(
                stage=mark(process, to_stage), previous_stage=previous, reason=reason
            )
        )

    def reopen(self, process: Process, reason: str, *, today: date, now: datetime) -> None:
        """Undo a won or lost, within the process's time; it stands where it stood before."""
        if self.status == OPEN or self.closed_on is None:
            raise MoveNotAllowed({CHINESE: "商机未关闭", ENGLISH: "the opportunity is open"})
        within = process.rules.reopen_within_days
        if within is None or today - self.closed_on > within * DAY:
            raise MoveNotAllowed(
                {
                    CHINESE: f"关闭已超过 {within or 0} 天，请新建商机",
                    ENGLISH: f"closed more than {within or 0} days ago; open a new one",
                }
            )
        fact = facts.OpportunityReopened(
            stage=mark(process, self.closed_from_stage or self.stage),
            previous_status=self.status,
            previous_amount=self.won_amount,
            previous_closed_on=self.closed_on,
            reason=reason,
        )
        self.stage, self.stage_since = fact.stage.number, now
        self._progress(now)
        self.status, self.closed_on, self.won_amount = OPEN, None, None
        self.closed_from_stage = None
        self.lost_reasons, self.lost_note, self.winner = [], None, None
        self.record(fact)

    def win_in_history(
        self, process: Process, amount: Money, closed_on: date, *, at: datetime | None
    ) -> None:
        """Won before it came to us: no gate is asked, only what the history says is kept."""
        self._close_as_won(process, amount, closed_on, at)
        self._progress(at)

    # Inside

    def _close_as_won(
        self, process: Process, amount: Money, closed_on: date, at: datetime | None
    ) -> None:
        previous = mark(process, self.stage)
        self.closed_from_stage = self.stage
        self.status, self.closed_on, self.won_amount = WON, closed_on, amount
        self.stage = process.won_stage
        self.is_parked, self.wake_on = False, None
        self.record(
            facts.OpportunityWon(
                amount=amount,
                opened_on=self.opened_on,
                closed_on=closed_on,
                previous_stage=previous,
            ),
            at=at,
        )

    def _enter(self, process: Process, to_stage: int, now: datetime) -> None:
        previous = mark(process, self.stage)
        days = None
        if self.stage_since is not None:
            days = Decimal((now - self.stage_since) // timedelta(minutes=1)) / 1440
            days = days.quantize(Decimal("0.01"))
        self.stage, self.stage_since = to_stage, now
        self._progress(now)
        self.record(
            facts.StageAdvanced(
                stage=mark(process, to_stage), previous_stage=previous, days_in_previous=days
            )
        )

    def _progress(self, at: datetime | None) -> None:
        # Facts arrive in any order; what is proven late was progress at its own time.
        if at is not None and (self.progressed_at is None or at > self.progressed_at):
            self.progressed_at = at

    def _go_on_after_winning(self, process: Process, to_stage: int, now: datetime) -> None:
        # After-sales has no gate: the deal is done, the work goes on.
        if not self.stage < to_stage <= len(process.stages):
            raise OpportunityClosed(self.status)
        self._enter(process, to_stage, now)

    def _require_gates(self, process: Process, to_stage: int, standings: list[Standing]) -> None:
        missing = [told(each.stage, each.milestone) for each in standings if not each.is_recorded]
        lag = buyer_lag(process, self.buyer_stage, to_stage)
        if lag is not None:
            missing.append(lag)
        if missing:
            raise GateClosed(self.stage, to_stage, missing)

    def _expect_close(self, before: date | None) -> None:
        after = self.terms.expected_close_on
        if before is not None and after is not None and after > before:
            self.slips += 1
        self.record(
            facts.ExpectedCloseChanged(
                expected_close_on=after, previous_expected_close_on=before, slips=self.slips
            )
        )

    def _note_need(self, now: datetime) -> None:
        """The event just recorded is the proof that the need is known, or that it no longer is."""
        if self.terms.need:
            if self.need_told_by is None:
                self.need_told_by = Proof(event_id=self.position, at=now)
        elif self.need_told_by is not None:
            withdrawn, self.need_told_by = self.need_told_by.event_id, None
            self.doubt(withdrawn, "the need was removed from the deal")

    def _require_open(self) -> None:
        if self.status != OPEN:
            raise OpportunityClosed(self.status)


def _error(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer, code, {CHINESE: zh, ENGLISH: en})


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(_error(pointer, code, zh, en))
