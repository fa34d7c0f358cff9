"""Any sequence of receipts, allocations, deductions and reversals: no cent is lost or doubled."""

from datetime import date, timedelta
from decimal import Decimal

from chassis.problems import Refused
from contracts.values import Money
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pipeline.credit.model import Owed, added_by
from pipeline.invoices.model import Buyer, Invoice, InvoiceLine, Part, require_sound
from pipeline.payment_milestones.model import (
    PaymentMilestone,
    PlannedPayment,
    bucket_of,
    plan_payment,
    shared_out,
)
from pipeline.payments.model import Payment, receive_payment
from pipeline.statements.model import Movement, balanced
from pipeline.taxes.model import with_tax_added

TODAY = date(2026, 3, 2)
CENTS = st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)


def money(amount: Decimal) -> Money:
    return Money(amount, "CNY")


def a_milestone(number: int, amount: Decimal) -> PaymentMilestone:
    payment = received("c", Decimal(1))
    planned = PlannedPayment(name="rest", amount=money(amount), trigger="acceptance", days=3)
    return plan_payment(
        payment, planned, identifier=f"m{number}", number=number, contract_id="contract"
    )


def received(identifier: str, amount: Decimal) -> Payment:
    return receive_payment(
        identifier=identifier,
        customer_id="customer",
        amount=money(amount),
        method="transfer",
        received_on=TODAY,
        owner_id="rep",
        team_id=None,
        region=None,
    )


class Books(RuleBasedStateMachine):
    """The machine keeps who paid what of which milestone in a table of its own."""

    @initialize(amounts=st.lists(CENTS, min_size=1, max_size=3))
    def begun(self, amounts: list[Decimal]) -> None:
        self.today = TODAY
        self.milestones = {f"m{n}": a_milestone(n, one) for n, one in enumerate(amounts)}
        self.payments: dict[str, Payment] = {}
        self.refunded: dict[str, Decimal] = {}
        self.table: dict[tuple[str, str], Decimal] = {}
        self.deducted: dict[str, Decimal] = dict.fromkeys(self.milestones, Decimal(0))

    @rule(days=st.integers(1, 5))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)
        for one in self.milestones.values():
            one.lapse(self.today)

    @rule(data=st.data())
    def a_trigger_happens(self, data: st.DataObject) -> None:
        chosen = self.milestones[data.draw(st.sampled_from(sorted(self.milestones)))]
        before = chosen.due_on
        chosen.fall_due(self.today)
        assert chosen.due_on == (before or self.today + timedelta(days=3))

    @rule(amount=CENTS)
    def money_comes(self, amount: Decimal) -> None:
        identifier = f"p{len(self.payments)}"
        self.payments[identifier] = received(identifier, amount)
        self.refunded[identifier] = Decimal(0)

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), amount=CENTS)
    def allocated(self, data: st.DataObject, amount: Decimal) -> None:
        payment = self.payments[data.draw(st.sampled_from(sorted(self.payments)))]
        target = self.milestones[data.draw(st.sampled_from(sorted(self.milestones)))]
        fits = 0 < amount <= min(payment.left.amount, target.open_amount.amount)
        fits = fits and payment.status == "received" and target.status != "cancelled"
        try:
            if amount > target.open_amount.amount:
                target.settle(payment.source, money(amount), self.today)
            payment.allocate(target.id, money(amount), money(amount), self.today)
            target.settle(payment.source, money(amount), self.today)
        except Refused:
            assert not fits
            return
        assert fits
        key = (payment.id, target.id)
        self.table[key] = self.table.get(key, Decimal(0)) + amount

    @precondition(lambda self: self.table)
    @rule(data=st.data(), share=st.sampled_from([None, Decimal("0.3")]))
    def released(self, data: st.DataObject, share: Decimal | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.table)))
        payment, target = self.payments[key[0]], self.milestones[key[1]]
        wanted = None if share is None else (self.table[key] * share).quantize(Decimal("0.01"))
        undone = payment.release(target.id, "wrong", wanted)
        assert undone == (self.table[key] if wanted is None else wanted)
        if undone:
            target.unsettle(payment.source, money(undone), "wrong")
        self.table[key] -= undone
        if not self.table[key]:
            del self.table[key]

    @rule(data=st.data(), amount=CENTS)
    def deducted_from(self, data: st.DataObject, amount: Decimal) -> None:
        target = self.milestones[data.draw(st.sampled_from(sorted(self.milestones)))]
        try:
            target.settle("deduction:d", money(amount), self.today)
        except Refused:
            assert target.status in ("settled", "cancelled") or amount > target.open_amount.amount
            return
        self.deducted[target.id] += amount

    @rule(data=st.data())
    def a_deduction_is_reversed(self, data: st.DataObject) -> None:
        target = self.milestones[data.draw(st.sampled_from(sorted(self.milestones)))]
        if amount := self.deducted[target.id]:
            target.unsettle("deduction:d", money(amount), "wrong")
            self.deducted[target.id] = Decimal(0)

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), amount=CENTS)
    def given_back(self, data: st.DataObject, amount: Decimal) -> None:
        payment = self.payments[data.draw(st.sampled_from(sorted(self.payments)))]
        left = payment.left.amount
        try:
            payment.refund(money(amount), self.today, "too much")
        except Refused:
            assert amount > left or payment.status == "reversed"
            return
        self.refunded[payment.id] += amount

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def reversed_(self, data: st.DataObject) -> None:
        """As the command does it: its allocations first."""
        payment = self.payments[data.draw(st.sampled_from(sorted(self.payments)))]
        if payment.status == "reversed" or payment.refunds:
            try:
                payment.reverse("mistake", "wrong", self.today)
            except Refused:
                return
            raise AssertionError("reversed twice, or after a refund")
        for key in [one for one in self.table if one[0] == payment.id]:
            undone = payment.release(key[1], "wrong")
            self.milestones[key[1]].unsettle(payment.source, money(undone), "wrong")
            assert undone == self.table.pop(key)
        payment.reverse("mistake", "wrong", self.today)

    @invariant()
    def nothing_is_allocated_twice(self) -> None:
        for payment in getattr(self, "payments", {}).values():
            allocated = sum(
                (amount for key, amount in self.table.items() if key[0] == payment.id), Decimal(0)
            )
            if payment.status == "reversed":
                assert (allocated, payment.left.amount) == (0, 0)
            else:
                used = allocated + self.refunded[payment.id]
                assert payment.left.amount == payment.amount.amount - used >= 0

    @invariant()
    def a_milestone_is_open_by_what_nothing_has_settled(self) -> None:
        for one in getattr(self, "milestones", {}).values():
            paid = sum(
                (amount for key, amount in self.table.items() if key[1] == one.id), Decimal(0)
            )
            assert one.open_amount.amount == one.amount.amount - paid - self.deducted[one.id] >= 0
            assert one.open_amount.amount + sum(
                (each.amount.amount for each in one.settlements), Decimal(0)
            ) == (one.amount.amount)
            assert (one.status == "settled") == (one.open_amount.amount == 0)
            if one.triggered_on is None:
                assert one.due_on is None
                assert one.status in ("planned", "settled")


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


class RedInvoices(RuleBasedStateMachine):
    """However it is cut up, an invoice is never reversed beyond itself, and to the cent."""

    @initialize(
        nets=st.lists(CENTS, min_size=1, max_size=3),
        rate=st.sampled_from(["0.00", "0.03", "0.06", "0.09", "0.13"]),
    )
    def issued(self, nets: list[Decimal], rate: str) -> None:
        lines = []
        for net in nets:
            taxed = with_tax_added(net, Decimal(rate), "CNY")
            lines.append(
                InvoiceLine(
                    description="goods",
                    tax_rate=Decimal(rate),
                    net=taxed.net,
                    tax=taxed.tax,
                    gross=taxed.gross,
                )
            )
        buyer = Buyer(title="Cancity", tax_number="1")
        total = require_sound("special", buyer, lines)
        self.invoice = Invoice(
            id="i",
            key="c",
            customer_id="c",
            kind="special",
            buyer=buyer,
            lines=lines,
            net=total.net,
            tax=total.tax,
            gross=total.gross,
        )
        self.invoice.issue("1", TODAY)

    @rule(line=st.integers(1, 4), gross=CENTS)
    def a_part_is_reversed(self, line: int, gross: Decimal) -> None:
        left = self.invoice.left()
        fits = (
            self.invoice.status != "reversed" and line in left and gross <= left[line].gross.amount
        )
        try:
            self.invoice.reverse("r", [Part(line=line, gross=gross)], TODAY, "returned")
        except Refused:
            assert not fits
            return
        assert fits

    @rule()
    def the_rest_is_reversed(self) -> None:
        try:
            self.invoice.reverse("r", [], TODAY, "returned")
        except Refused:
            return
        left = self.invoice.left().values()
        assert all((one.net.amount, one.tax.amount, one.gross.amount) == (0, 0, 0) for one in left)
        assert self.invoice.status == "reversed"

    @invariant()
    def what_is_left_is_never_below_nothing(self) -> None:
        if hasattr(self, "invoice"):
            for one in self.invoice.left().values():
                assert min(one.net.amount, one.tax.amount, one.gross.amount) >= 0
                assert one.net.amount + one.tax.amount == one.gross.amount


TestRedInvoices = RedInvoices.TestCase
TestRedInvoices.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)


@given(
    st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100),
    st.lists(st.integers(1, 50), min_size=1, max_size=6),
)
def test_shares_sum_to_the_whole(total: Decimal, weights: list[int]) -> None:
    shares = [Decimal(one) for one in weights[:-1]]
    rest = Decimal(100) - sum(shares, Decimal(0))
    parts = shared_out(money(total), [*shares, rest])
    assert sum((one.amount for one in parts), Decimal(0)) == total


@given(*[CENTS] * 5)
def test_an_order_adds_to_what_is_owed_no_more_than_it_is_worth(
    ordered: Decimal, triggered: Decimal, settled: Decimal, shipped: Decimal, more: Decimal
) -> None:
    owed = Owed(
        ordered=ordered, shipped=min(shipped, ordered), triggered=triggered, settled=settled
    )
    after = Owed(ordered=ordered + more, shipped=owed.shipped, triggered=triggered, settled=settled)
    assert after.total - owed.total == added_by(owed, more)
    assert 0 <= added_by(owed, more) <= more
    assert owed.receivable + owed.unshipped - owed.surplus == owed.total


def test_the_age_of_a_debt_begins_the_day_after_its_date() -> None:
    ages = {
        days: bucket_of(TODAY - timedelta(days=days), TODAY)
        for days in (-1, 0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 365, 366)
    }
    assert list(ages.values()) == [
        "not_due",
        "not_due",
        "1-30",
        "1-30",
        "31-60",
        "31-60",
        "61-90",
        "61-90",
        "91-180",
        "91-180",
        "181-365",
        "181-365",
        ">365",
    ]
    assert bucket_of(None, TODAY) == "not_due"


@given(
    st.lists(st.tuples(st.integers(-10_000, 10_000), st.sampled_from(["CNY", "USD"])), max_size=20),
    st.integers(-10_000, 10_000),
)
def test_a_statement_balances_to_the_cent_in_every_currency(
    moved: list[tuple[int, str]], opening: int
) -> None:
    movements = [
        Movement(
            id=str(n), kind="k", about="a", on=TODAY, amount=Money(Decimal(cents) / 100, currency)
        )
        for n, (cents, currency) in enumerate(moved)
    ]
    for one in balanced({"CNY": Decimal(opening) / 100}, movements):
        cents = sum(amount for amount, currency in moved if currency == one.currency)
        start = Decimal(opening) / 100 if one.currency == "CNY" else Decimal(0)
        assert one.closing == start + Decimal(cents) / 100
        assert min(one.debit, one.credit) >= 0
