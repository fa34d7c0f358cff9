"""The deal 商机 itself: what is known of it, and who holds it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.values import Money

from pipeline.opportunities.model import facts
from pipeline.opportunities.model.gates import Proof
from pipeline.opportunities.model.moving import Moving
from pipeline.opportunities.model.state import OPEN, wrong
from pipeline.opportunities.model.terms import Evaluation, Terms, changed_terms, priced

DueFact = facts.OpportunityRecheckDue | facts.OpportunityJudgementDue | facts.OpportunityFollowUpDue


@dataclass(kw_only=True)
class Opportunity(Moving):
    """A deal on one process, at one stage, open, won or lost."""

    def update(self, changes: dict[str, Any], *, now: datetime) -> None:
        """Change terms; a moved expected close is a fact of its own, later ones are counted."""
        self.require_open()
        before = self.terms
        kept = {name: getattr(before, name) for name in before.__dataclass_fields__}
        after = Terms(**priced(kept | changes, self.paper_amounts))
        if "amount" in changes and changes["amount"] != after.amount:
            raise wrong(
                "/amount", "follows-lines", "金额由明细或单据决定", "follows from lines or papers"
            )
        self.terms = after
        self.share()
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

    def prepare_evaluation(self, evaluation: Evaluation) -> None:
        """Write down what the internal evaluation is to judge; another one is approved anew."""
        self.require_open()
        if evaluation != self.evaluation:
            previous, self.evaluation = self.evaluation, evaluation
            self.record(facts.EvaluationPrepared(evaluation=evaluation, previous=previous))

    def change_intent(self, intent: str, reason: str | None = None) -> None:
        self.require_open()
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
        self.require_open()
        self.is_parked, self.wake_on = True, wake_on
        self.record(facts.OpportunityParked(is_parked=True, wake_on=wake_on, reason=reason))

    def wake(self) -> None:
        self.require_open()
        if self.is_parked:
            self.is_parked, self.wake_on = False, None
            self.record(facts.OpportunityParked(is_parked=False))

    def come_due(self, fact: DueFact) -> None:
        """Its clock says that something is to be done about it; the deal itself is as it was."""
        self.require_open()
        self.record(fact)

    def settle_due(self, settled: list[str]) -> None:
        """What had come due is so no more; of a closed deal, too."""
        self.record(facts.OpportunityDueSettled(settled=settled))

    # Inside

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
