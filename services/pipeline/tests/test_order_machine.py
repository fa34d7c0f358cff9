"""Any sequence of movements of an order: the bounds hold, and its facts add up to what it says."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from chassis.facts import facts_of
from chassis.problems import Refused
from contracts.values import Money
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pipeline.orders import model
from pipeline.orders.model import CORRECTION, OUTCOMES, Order, Part, place_order
from pipeline.pricing.model import PaperLine

DAY = date(2026, 3, 2)
NOTHING = Decimal(0)
quantities = st.decimals("0.5", "12", places=1)
amounts = st.decimals("0.01", "99999.99", places=2)
moved = st.lists(st.builds(Part, line=st.integers(1, 3), quantity=quantities), max_size=3)


def cny(amount: Decimal) -> Money:
    return Money(amount, "CNY")


class Movements(RuleBasedStateMachine):
    """The machine keeps its own account of quantities, and sums up what the facts said."""

    order: Order

    @initialize(lines=st.lists(st.tuples(quantities, amounts), min_size=1, max_size=3))
    def placed(self, lines: list[tuple[Decimal, Decimal]]) -> None:
        self.today = DAY
        self.ordered = [quantity for quantity, _ in lines]
        self.order = place_order(
            identifier="order",
            number="SO-1",
            customer_id="c",
            paper_lines=[
                PaperLine(
                    name="a pump", quantity=q, unit_price=cny(price), tax_rate=Decimal("0.13")
                )
                for q, price in lines
            ],
            owner_id="rep",
            team_id=None,
            region=None,
            placed_on=DAY,
        )

    @rule(days=st.integers(0, 5))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(parts=moved)
    def shipped(self, parts: list[Part]) -> None:
        self.tried(lambda: self.order.ship(self.today, parts))

    @rule(parts=moved)
    def shipment_reversed(self, parts: list[Part]) -> None:
        self.tried(lambda: self.order.reverse_shipment("lost", parts))

    @rule(parts=moved)
    def delivered(self, parts: list[Part]) -> None:
        self.tried(lambda: self.order.deliver(self.today, parts))

    @rule(parts=moved.filter(bool), outcome=st.sampled_from(OUTCOMES))
    def came_back(self, parts: list[Part], outcome: str) -> None:
        self.tried(
            lambda: self.order.take_back(self.today, parts, outcome=outcome, reason="broken")
        )

    @rule()
    def rest_cancelled(self) -> None:
        self.tried(lambda: self.order.cancel("too late"))

    @rule()
    def accepted(self) -> None:
        self.tried(lambda: self.order.accept(self.today))

    def tried(self, command: Callable[[], None]) -> None:
        """A refused command changes nothing at all."""
        version, before = self.order.version, list(self.order.line_standings)
        try:
            command()
        except Refused:
            assert (self.order.version, self.order.line_standings) == (version, before)

    def sum_of(self, *kinds: type) -> dict[int, Decimal]:
        """By line, what the facts of these kinds moved."""
        total = dict.fromkeys(range(1, len(self.ordered) + 1), NOTHING)
        for fact in facts_of(self.order):
            if isinstance(fact, kinds):
                for part in fact.parts:  # type: ignore[attr-defined]
                    total[part.line] += part.quantity
        return total

    @invariant()
    def nothing_beyond_what_was_ordered_is_delivered_or_comes_back(self) -> None:
        delivered = self.sum_of(model.OrderDelivered)
        returned = self.sum_of(model.OrderReturned)
        cancelled = self.sum_of(model.OrderCancelled)
        for number, ordered in enumerate(self.ordered, start=1):
            kept = delivered[number] - returned[number]
            assert 0 <= returned[number] <= delivered[number]
            assert kept + cancelled[number] <= ordered
            line = self.order.line_standings[number - 1]
            assert (line.kept, line.cancelled) == (kept, cancelled[number])
            assert line.to_ship >= 0
            assert line.on_the_way >= 0

    @invariant()
    def revenue_is_what_the_facts_add_up_to(self) -> None:
        net = gross = NOTHING
        for fact in facts_of(self.order):
            if isinstance(fact, model.OrderDelivered):
                net, gross = net + fact.amount.amount, gross + fact.gross.amount
            elif isinstance(fact, model.OrderReturned):
                net, gross = net - fact.amount.amount, gross - fact.gross.amount
        assert self.order.revenue.amount == net
        everything_kept = all(line.kept == line.ordered for line in self.order.line_standings)
        if everything_kept:
            assert net == self.order.total.amount
            assert self.order.gross is not None
            assert gross == self.order.gross.amount
        if not any(line.kept for line in self.order.line_standings):
            assert (net, gross) == (0, 0)

    @invariant()
    def what_stands_is_out_or_still_to_ship(self) -> None:
        assert self.order.gross is not None
        assert self.order.unshipped is not None
        assert 0 <= self.order.unshipped.amount <= self.order.gross.amount
        if self.order.is_shipped:
            assert self.order.unshipped.amount == 0

    @rule()
    def everything_taken_back_nets_to_zero(self) -> None:
        parts = [
            Part(line=number, quantity=line.kept)
            for number, line in enumerate(self.order.line_standings, start=1)
            if line.kept
        ]
        if parts:
            self.order.take_back(self.today, parts, outcome=CORRECTION, reason="by mistake")
            assert self.order.revenue.amount == 0


Movements.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestMovements = Movements.TestCase
