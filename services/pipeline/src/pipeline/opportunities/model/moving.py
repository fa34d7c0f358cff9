"""Where a deal stands: forwards through its gates, back, won, lost, opened again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from chassis.problems import CHINESE, ENGLISH, ValidationFailed
from contracts.values import Money

from pipeline.opportunities.model import facts
from pipeline.opportunities.model.facts import Statement
from pipeline.opportunities.model.gates import Standing, buyer_lag, told
from pipeline.opportunities.model.proving import Proving
from pipeline.opportunities.model.refusals import GateClosed, MoveNotAllowed, OpportunityClosed
from pipeline.opportunities.model.sharing import Sharing
from pipeline.opportunities.model.state import DAY, LOST, OPEN, WON, error, mark, wrong
from pipeline.opportunities.model.versions import version_change
from pipeline.templates.model import Process


def require_buyer_stage(process: Process, number: int) -> None:
    """Raises ValidationFailed if the process pairs none of its stages with that of the buyer."""
    if not 1 <= number <= len(process.stages) or process.stage(number).buyer_stage is None:
        raise wrong("/buyer_stage", "unknown", "没有这个采购阶段", "no such buyer's stage")


@dataclass(kw_only=True)
class Moving(Proving, Sharing):
    """A deal that moves on its process."""

    def set_buyer_stage(
        self, process: Process, number: int, evidence: str, statement: Statement | None = None
    ) -> None:
        """Where the buyer stands, by the event that tells so, or by what was said then."""
        self.require_open()
        require_buyer_stage(process, number)
        if number == self.buyer_stage and self.buyer_stage_doubt is None:
            return
        previous, self.buyer_stage = self.buyer_stage, number
        self.buyer_stage_proof, self.buyer_stage_doubt = evidence, None
        self.record(
            facts.BuyerStageChanged(
                buyer_stage=number,
                previous_buyer_stage=previous,
                evidence=evidence,
                said_by=statement.contact_id if statement else None,
                statement=statement.text if statement else None,
            )
        )
        self.note_alignment(process)

    def advance(self, process: Process, to_stage: int, *, now: datetime) -> None:
        """Move forward to `to_stage`. Raises `GateClosed` with all that is missing."""
        if self.status == WON:
            self._go_on_after_winning(process, to_stage, now)
            return
        self.require_open()
        if not self.stage < to_stage <= process.last_open_stage:
            raise wrong("/stage", "not-ahead", "不是可推进到的阶段", "no stage ahead of this one")
        if to_stage > self.stage + 1 and not process.rules.may_skip:
            raise MoveNotAllowed({CHINESE: "不可跳过阶段", ENGLISH: "no stage may be skipped"})
        self._require_gates(process, to_stage, self.standing(process, to_stage))
        self._enter(process, to_stage, now)

    def win(
        self, process: Process, *, amount: Money | None, closed_on: date, now: datetime
    ) -> None:
        """Won 成交: all gates up to it are open; `amount` is what was signed for."""
        self.require_open()
        signed = amount or self.terms.amount
        errors = []
        if signed is None:
            errors.append(error("/amount", "required", "缺少成交金额", "the amount is missing"))
        if self.customer_id is None:
            errors.append(error("/customer_id", "required", "商机没有客户", "no customer yet"))
        if self.opened_on is not None and closed_on < self.opened_on:
            errors.append(error("/closed_on", "too-early", "早于开始日期", "before its opening"))
        if errors or signed is None:
            raise ValidationFailed(errors)
        self._require_gates(process, process.won_stage, self.standing(process))
        self._close_as_won(process, signed, closed_on, at=None)
        self.stage_since = now
        self.note_progress(now)

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
        self.require_open()
        allowed = process.rules.lost_reasons
        for place, reason in enumerate(reasons):
            if allowed and reason not in allowed:
                raise wrong(
                    f"/reasons/{place}", "unknown", "流程不用此原因", "no reason of this process"
                )
        if self.opened_on is not None and closed_on < self.opened_on:
            raise wrong("/closed_on", "too-early", "早于开始日期", "before its opening")
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
        self.note_alignment(process)

    def move_back(self, process: Process, to_stage: int, reason: str, *, now: datetime) -> None:
        """Return to an earlier stage. What was proven stays proven."""
        self.require_open()
        if not process.rules.may_move_back:
            raise MoveNotAllowed({CHINESE: "不可退回阶段", ENGLISH: "no stage may be gone back to"})
        if not 1 <= to_stage < self.stage:
            raise wrong("/stage", "not-behind", "不是之前的阶段", "no stage behind this one")
        previous = mark(process, self.stage)
        self.stage, self.stage_since = to_stage, now
        self.record(
            facts.StageMovedBack(
                stage=mark(process, to_stage), previous_stage=previous, reason=reason
            )
        )
        self.note_alignment(process)

    def change_version(
        self, old: Process, new: Process, stages: Mapping[str, str], *, now: datetime
    ) -> None:
        """Go on by a newer version of the process; see `versions`."""
        self.require_open()
        change = version_change(self, old, new, stages)
        previous, was_at = mark(old, self.stage), self.buyer_stage
        if new.stage(change.stage).code != previous.code:
            self.stage_since = now
        self.template_version, self.stage = new.version, change.stage
        self.buyer_stage, self.owed = change.buyer_stage, change.owed
        for code in change.dropped:
            del self.milestones[code]
        for stage, milestone in new.winning(1):
            if milestone.code in self.milestones:
                self.milestones[milestone.code].stage = stage
        self.record(
            facts.TemplateVersionChanged(
                version=new.version,
                previous_version=old.version,
                stage=mark(new, change.stage),
                previous_stage=previous,
                buyer_stage=change.buyer_stage,
                previous_buyer_stage=was_at,
                dropped=change.dropped,
                owed=change.owed,
            )
        )
        self.note_alignment(new)

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
        self.note_progress(now)
        self.status, self.closed_on, self.won_amount = OPEN, None, None
        self.closed_from_stage = None
        self.lost_reasons, self.lost_note, self.winner = [], None, None
        self.record(fact)
        self.note_alignment(process)

    def win_in_history(
        self, process: Process, amount: Money, closed_on: date, *, at: datetime | None
    ) -> None:
        """Won before it came to us: no gate is asked, only what the history says is kept."""
        self._close_as_won(process, amount, closed_on, at)
        self.note_progress(at)

    # Inside

    def _close_as_won(
        self, process: Process, amount: Money, closed_on: date, at: datetime | None
    ) -> None:
        previous = mark(process, self.stage)
        self.closed_from_stage = self.stage
        self.status, self.closed_on, self.won_amount = WON, closed_on, amount
        self.stage = process.won_stage
        self.fix_shares()
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
        self.note_alignment(process)

    def _enter(self, process: Process, to_stage: int, now: datetime) -> None:
        previous = mark(process, self.stage)
        days = None
        if self.stage_since is not None:
            days = Decimal((now - self.stage_since) // timedelta(minutes=1)) / 1440
            days = days.quantize(Decimal("0.01"))
        self.stage, self.stage_since = to_stage, now
        self.note_progress(now)
        self.record(
            facts.StageAdvanced(
                stage=mark(process, to_stage), previous_stage=previous, days_in_previous=days
            )
        )
        self.note_alignment(process)

    def _go_on_after_winning(self, process: Process, to_stage: int, now: datetime) -> None:
        # After-sales has no gate: the deal is done, the work goes on.
        if not self.stage < to_stage <= len(process.stages):
            raise OpportunityClosed(self.status)
        self._enter(process, to_stage, now)

    def _require_gates(self, process: Process, to_stage: int, standings: list[Standing]) -> None:
        missing = [told(each.stage, each.milestone) for each in standings if not each.is_recorded]
        lag = buyer_lag(process, self.trusted_buyer_stage, to_stage)
        if lag is not None:
            missing.append(lag)
        if missing:
            raise GateClosed(self.stage, to_stage, missing)
