"""The quote's machine: whatever people do, nothing leaves but what was approved word for word."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.problems import Refused
from contracts.values import Money
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pipeline.entities.model import PaperTerms
from pipeline.pricing.model import PaperLine, total_of, with_allowance
from pipeline.quotes.model import Basis, Offer, Quote, draft_quote
from pipeline.quotes.model.facts import QuoteSent

TODAY = date(2026, 3, 2)
ISSUED = {"sent", "accepted", "rejected", "expired", "superseded"}


def an_offer(quantity: int = 1) -> Offer:
    line = PaperLine(
        name="a machine",
        quantity=Decimal(quantity),
        unit_price=Money(Decimal("99.99"), "CNY"),
        tax_rate=Decimal("0.13"),
    )
    return Offer(currency="CNY", lines=[line], valid_until=date(2026, 4, 1))


def a_quote() -> Quote:
    return draft_quote(
        identifier="quote-1",
        number="QT-1",
        title="A plant",
        customer_id="customer-1",
        opportunity_id=None,
        owner_id="rep-1",
        team_id=None,
        region=None,
        collaborator_ids=[],
        offer=an_offer(),
        bases=[Basis()],
    )


class QuoteMachine(RuleBasedStateMachine):
    """Beside the quote it remembers what approvers were shown, and what went out of the house."""

    def __init__(self) -> None:
        super().__init__()
        self.quote = a_quote()
        self.asked: list[str] = []
        self.agreed: set[str] = set()
        self.issued: dict[int, tuple[Offer, str]] = {}

    def tried(self, act: Any, *given: Any) -> bool:
        try:
            act(*given)
        except Refused:
            return False
        return True

    @rule(quantity=st.integers(1, 3))
    def change_a_quantity(self, quantity: int) -> None:
        lines = [replace(self.quote.offer.lines[0], quantity=Decimal(quantity))]
        self._change(replace(self.quote.offer, lines=with_allowance(lines, Decimal(0), None)))

    @rule(price=st.sampled_from(["99.99", "88.88"]))
    def change_a_price(self, price: str) -> None:
        lines = [replace(self.quote.offer.lines[0], unit_price=Money(Decimal(price), "CNY"))]
        self._change(replace(self.quote.offer, lines=lines))

    @rule(payment=st.sampled_from([None, "30 days", "90 days"]))
    def change_a_term(self, payment: str | None) -> None:
        self._change(replace(self.quote.offer, terms=PaperTerms(payment=payment)))

    def _change(self, offer: Offer) -> None:
        before, status = self.quote.offer, self.quote.status
        was_asked = status in ("submitted", "approved")
        try:
            is_void = self.quote.change(offer, [Basis()])
        except Refused:
            assert status not in ("draft", "submitted", "approved", "refused")
            return
        assert is_void == (was_asked and offer != before)

    @rule()
    def submit(self) -> None:
        if self.tried(self.quote.submit, "rep-1", [Basis()]):
            self.asked.append(self.quote.fingerprint)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def approve_what_was_shown(self, data: st.DataObject) -> None:
        """Also late: an approver may answer about a wording that has changed since."""
        fingerprint = data.draw(st.sampled_from(self.asked))
        if self.tried(self.quote.approve, fingerprint, "boss", None):
            assert fingerprint == self.quote.fingerprint
            self.agreed.add(fingerprint)

    @rule()
    def refuse(self) -> None:
        self.tried(self.quote.refuse, "boss", "too cheap")

    @rule(outcome=st.sampled_from(["returned", "recalled", "void"]))
    def take_back(self, outcome: str) -> None:
        self.quote.take_back(outcome, "boss", None)

    @rule()
    def send(self) -> None:
        if self.tried(self.quote.send, TODAY):
            assert self.quote.fingerprint in self.agreed
            self.issued[self.quote.revision] = (self.quote.offer, self.quote.fingerprint)

    @rule()
    def accept(self) -> None:
        self.tried(self.quote.accept, TODAY)

    @rule()
    def reject(self) -> None:
        self.tried(self.quote.reject, ["price"], None)

    @rule()
    def expire(self) -> None:
        self.quote.expire()

    @rule()
    def withdraw(self) -> None:
        self.tried(self.quote.withdraw, "a slip")

    @rule()
    def revise(self) -> None:
        before = self.quote.revision
        if self.tried(self.quote.revise):
            assert self.quote.revision == before + 1
            assert self.quote.approved_fingerprint is None

    @invariant()
    def what_was_issued_keeps_its_words(self) -> None:
        for number, (offer, _) in self.issued.items():
            found = self.quote.revision_numbered(number)
            assert found is not None
            assert found.offer == offer
            assert found.offer.total == total_of(offer.lines, "CNY")

    @invariant()
    def nothing_issued_was_unapproved(self) -> None:
        if self.quote.status in ISSUED:
            assert self.issued[self.quote.revision][1] in self.agreed
        sent = [one.fact for one in self.quote.recorded if isinstance(one.fact, QuoteSent)]
        assert len(sent) == len(self.issued)


TestQuoteMachine = QuoteMachine.TestCase
