"""A contract 合同 from its draft to its end. Nothing issued is edited: a sealed one is supplemented
补充, renewed 续签 or ended, and a sent one is taken back before another text is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.approvals.model import fingerprint_of
from pipeline.contracts.model import facts
from pipeline.contracts.model.drawing import Item, require_drawable, worth_of
from pipeline.contracts.model.refusals import ContractExhausted, ContractStatus, SealNotGranted
from pipeline.contracts.model.terms import (
    FRAME,
    SUPPLEMENT,
    Terms,
    changed_terms,
    require_sound,
)
from pipeline.orders.model.quantities import Part

DRAFT, SUBMITTED, APPROVED, SENT = "draft", "submitted", "approved", "sent"
SEALED, ENDED, DISCARDED = "sealed", "ended", "discarded"
US, CUSTOMER = "us", "customer"
REQUESTED, GRANTED = "requested", "granted"
COMPLETED, TERMINATED, EXPIRED, RENEWED = "completed", "terminated", "expired", "renewed"
EDITABLE = (DRAFT, SUBMITTED, APPROVED)


@dataclass(frozen=True, kw_only=True)
class Seal:
    party: str
    sealed_on: date
    file_id: str | None = None


@dataclass(kw_only=True)
class Contract(Aggregate):
    """`terms` are the text; `items`, `net` and `gross` what is in force, supplements included.

    `drawn` is what orders have called off so far, with tax. `has_plan`: its payment milestones say
    when its orders are paid; else their shipments do.
    """

    TYPE: ClassVar[str] = "contract"

    number: str
    kind: str
    customer_id: str
    opportunity_id: str | None = None
    quote_id: str | None = None
    base_contract_id: str | None = None
    renews_id: str | None = None
    requirement_change_id: str | None = None
    external_id: str | None = None
    terms: Terms
    net: Money
    gross: Money
    status: str = DRAFT
    revision: int = 1
    sent_on: date | None = None
    seal_use: str | None = None
    seals: list[Seal] = field(default_factory=list)
    signed_on: date | None = None
    scan_file_id: str | None = None
    items: list[Item] = field(default_factory=list)
    drawn: Money
    has_plan: bool = False
    supplements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_ending: bool = False
    outcome: str | None = None
    ended_on: date | None = None
    ended_reason: str | None = None
    renewed_by: str | None = None

    @property
    def fingerprint(self) -> str:
        """What was approved: another text is another paper."""
        return fingerprint_of(self.kind, self.customer_id, self.base_contract_id, self.terms)

    @property
    def is_frame(self) -> bool:
        return self.kind == FRAME

    @property
    def is_supplement(self) -> bool:
        return self.kind == SUPPLEMENT

    @property
    def is_in_force(self) -> bool:
        return self.status == SEALED

    @property
    def is_sealed_by_us(self) -> bool:
        return any(seal.party == US for seal in self.seals)

    @property
    def left(self) -> Money:
        """What may still be called off, with tax: up to the limit, else the lines' rest."""
        if self.has_limit or not self.items:
            return self.gross - self.drawn
        return worth_of(self.items, lambda item: item.left).gross

    @property
    def has_limit(self) -> bool:
        return self.terms.limit is not None

    # The text

    def begin(self) -> None:
        self._value()
        self.record(facts.ContractDrafted(terms=self.terms, net=self.net, gross=self.gross))

    def change(self, changes: dict[str, object]) -> bool:
        """Another text, until it is sent; whether anything changed. An approval is void then."""
        self._require(*EDITABLE)
        before = self.terms
        kept = {name: getattr(before, name) for name in before.__dataclass_fields__}
        after = Terms(**(kept | changes))
        changed = changed_terms(before, after)
        if not changed:
            return False
        require_sound(self.kind, after)
        self.terms, self.status, self.seal_use = after, DRAFT, None
        self._value()
        self.record(
            facts.ContractChanged(
                terms=after, previous=before, changed=changed, net=self.net, gross=self.gross
            )
        )
        return True

    def submit(self) -> None:
        """Ask for approval of what it says now."""
        self._require(DRAFT)
        self.status = SUBMITTED
        self.record(facts.ContractSubmitted(fingerprint=self.fingerprint))

    def approve(self, fingerprint: str, *, by_rule: bool = False) -> None:
        """Of another text than was asked about, nothing is approved."""
        if self.status == SUBMITTED and fingerprint == self.fingerprint:
            self.status = APPROVED
            self.record(facts.ContractApproved(fingerprint=fingerprint, by_rule=by_rule))

    def be_refused(self, fingerprint: str, outcome: str, reason: str | None) -> None:
        if self.status == SUBMITTED and fingerprint == self.fingerprint:
            self.status = DRAFT
            self.record(facts.ContractRefused(outcome=outcome, reason=reason))

    def send(self, on: date) -> None:
        """To the customer; nothing leaves unapproved."""
        self._require(APPROVED)
        self.status, self.sent_on = SENT, on
        self.record(facts.ContractSent(sent_on=on, revision=self.revision))

    def take_back(self, reason: str) -> None:
        """It was sent and is to say something else: the next text is a draft again."""
        self._require(SENT)
        self.status, self.sent_on, self.seal_use, self.seals = DRAFT, None, None, []
        self.revision += 1
        self.record(facts.ContractTakenBack(reason=reason, revision=self.revision))

    def discard(self, reason: str) -> None:
        """It will not be signed."""
        self._require(DRAFT, SUBMITTED, APPROVED, SENT)
        previous, self.status = self.status, DISCARDED
        self.record(facts.ContractDiscarded(reason=reason, previous_status=previous))

    # Seals

    def request_seal(self) -> None:
        """Ask for the use of our seal 用印."""
        self._require(APPROVED, SENT)
        if self.seal_use == GRANTED:
            return
        self.seal_use = REQUESTED
        self.record(facts.SealUseRequested(fingerprint=self.fingerprint))

    def decide_seal(self, fingerprint: str, *, is_granted: bool, reason: str | None = None) -> None:
        if self.seal_use == REQUESTED and fingerprint == self.fingerprint:
            self.seal_use = GRANTED if is_granted else None
            self.record(facts.SealUseDecided(is_granted=is_granted, reason=reason))

    def set_seal(self, party: str, on: date, file_id: str | None) -> None:
        """One side has sealed. With both seals and a scan it is signed.

        Raises:
            SealNotGranted: ours, without an approval of its use.
        """
        self._require(SENT)
        if party == US and self.seal_use != GRANTED:
            raise SealNotGranted
        if any(seal.party == party for seal in self.seals):
            raise _wrong("/party", "sealed-already", "该方已盖章", "has sealed already")
        if self.sent_on is not None and on < self.sent_on and party == CUSTOMER:
            raise _wrong("/sealed_on", "too-early", "早于发出日期", "is before it was sent")
        scan = file_id or next((seal.file_id for seal in self.seals if seal.file_id), None)
        is_last = bool(self.seals)
        if is_last and scan is None:
            raise _wrong("/file_id", "required", "须附盖章扫描件", "the sealed scan is missing")
        self.seals = [*self.seals, Seal(party=party, sealed_on=on, file_id=file_id)]
        self.record(facts.ContractSealSet(party=party, sealed_on=on, file_id=file_id))
        if is_last and scan is not None:
            self._sign(max(seal.sealed_on for seal in self.seals), scan)

    def _sign(self, on: date, scan: str) -> None:
        self.status, self.signed_on, self.scan_file_id = SEALED, on, scan
        self.items = [Item(line=line, allowed=line.quantity) for line in self.terms.lines]
        self.has_plan = bool(self.terms.milestones)
        self.record(
            facts.ContractSigned(signed_on=on, file_id=scan, net=self.net, gross=self.gross)
        )

    # In force

    def supplement(self, other: "Contract") -> None:
        """A sealed supplement adds its lines and takes its reductions off.

        Raises:
            QuantityExceeded: orders have drawn more than would be left.
        """
        self._require(SEALED)
        reductions = [Part(line=one.line, quantity=one.quantity) for one in other.terms.reductions]
        require_drawable(reductions, self.items, pointer="/reductions")
        net, gross = self.net, self.gross
        items = list(self.items)
        for part in reductions:
            item = items[part.line - 1]
            items[part.line - 1] = replace(item, allowed=item.allowed - part.quantity)
        self.items = items + [Item(line=line, allowed=line.quantity) for line in other.terms.lines]
        if self.has_limit:
            self.net, self.gross = net + other.net, gross + other.gross
        else:
            worth = worth_of(self.items, lambda item: item.allowed)
            self.net, self.gross = worth.net, worth.gross
        if other.terms.ends_on is not None:
            self.terms = replace(self.terms, ends_on=other.terms.ends_on)
            self.is_ending = False
        self.has_plan = self.has_plan or other.has_plan
        self.supplements = [*self.supplements, other.id]
        self.record(
            facts.ContractSupplemented(
                supplement_id=other.id,
                net=self.net,
                previous_net=net,
                gross=self.gross,
                previous_gross=gross,
            )
        )

    def call_off(self, order_id: str, parts: Sequence[Part], gross: Money, on: date) -> None:
        """An order draws on it: never more than is left, of any line or in all.

        Raises:
            ContractExhausted: by how much the amount is exceeded.
            QuantityExceeded: with what is left of each line.
        """
        self._require(SEALED)
        if self.terms.ends_on is not None and on > self.terms.ends_on:
            raise ContractStatus({CHINESE: "合同已到期", ENGLISH: "the contract has run out"})
        require_drawable(parts, self.items, pointer="/lines")
        if gross.currency != self.gross.currency:
            raise _wrong("/currency", "other-currency", "与合同币种不同", "is not the contract's")
        over = gross.amount - self.left.amount
        if self.has_limit and over > 0:
            raise ContractExhausted(over, gross.currency)
        self._draw(parts, lambda item, by: replace(item, drawn=item.drawn + by))
        self.drawn = self.drawn + gross
        self.record(
            facts.ContractCalledOff(
                order_id=order_id, parts=list(parts), gross=gross, left=self.left
            )
        )

    def give_back(self, order_id: str, parts: Sequence[Part], gross: Money) -> None:
        """What an order drew and does not deliver, or took back."""
        self._draw(parts, lambda item, by: replace(item, drawn=item.drawn - by))
        self.drawn = self.drawn - gross
        self.record(
            facts.ContractGivenBack(
                order_id=order_id, parts=list(parts), gross=gross, left=self.left
            )
        )

    def note(self, requirement_change_id: str) -> None:
        self._require(SEALED)
        self.notes = [*self.notes, requirement_change_id]
        self.record(facts.ContractNoted(requirement_change_id=requirement_change_id))

    def come_to_its_end(self) -> None:
        """Its end is near; told once for each end that was agreed."""
        if self.status == SEALED and not self.is_ending and self.terms.ends_on is not None:
            self.is_ending = True
            self.record(facts.ContractEnding(ends_on=self.terms.ends_on))

    def end(
        self, outcome: str, on: date, reason: str | None = None, renewed_by: str | None = None
    ) -> None:
        """Done, broken off, run out or renewed: nothing is drawn on it any more."""
        self._require(SEALED)
        if self.signed_on is not None and on < self.signed_on:
            raise _wrong("/ended_on", "too-early", "早于签订日期", "is before it was signed")
        self.status, self.outcome, self.ended_on = ENDED, outcome, on
        self.ended_reason, self.renewed_by = reason, renewed_by
        self.record(
            facts.ContractEnded(outcome=outcome, ended_on=on, reason=reason, renewed_by=renewed_by)
        )

    # Inside

    def _draw(self, parts: Sequence[Part], change: Callable[[Item, Decimal], Item]) -> None:
        items = list(self.items)
        for part in parts:
            items[part.line - 1] = change(items[part.line - 1], part.quantity)
        self.items = items

    def _value(self) -> None:
        total = self.terms.total
        self.net, self.gross = total.net, total.gross
        if self.terms.limit is not None:
            # How much tax is in it shows with its orders.
            self.net = self.gross = self.terms.limit

    def _require(self, *statuses: str) -> None:
        if self.status not in statuses:
            raise ContractStatus(
                {CHINESE: f"状态：{self.status}", ENGLISH: f"it is {self.status}"},
                members={"current_status": self.status},
            )


def _wrong(pointer: str, code: str, zh: str, en: str) -> ValidationFailed:
    return ValidationFailed(FieldError(pointer, code, {CHINESE: zh, ENGLISH: en}))
