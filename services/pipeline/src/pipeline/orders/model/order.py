"""An order 订单: placed with lines, then shipped, delivered, accepted and returned in parts.

Nothing issued is edited: what is not to be delivered any more is cancelled, what was recorded
wrongly is reversed, and both stand beside what they take back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from chassis.facts import Aggregate
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from contracts.values import Money

from pipeline.orders.model import facts
from pipeline.orders.model.movements import (
    Delivery,
    Freed,
    NothingToAccept,
    OrderSettled,
    Return,
    Shipment,
)
from pipeline.orders.model.quantities import (
    ZERO,
    LineStanding,
    Part,
    all_left,
    require_left,
    worth,
)
from pipeline.pricing.model import PaperLine
from pipeline.products.model import Line

PLACED, PARTLY, DELIVERED = "placed", "partly_delivered", "delivered"
CANCELLED, RETURNED = "cancelled", "returned"
REFUND, REPLACEMENT, CORRECTION = "refund", "replacement", "correction"
OUTCOMES = (REFUND, REPLACEMENT, CORRECTION)

Left = Callable[[LineStanding], Decimal]


@dataclass(kw_only=True)
class Order(Aggregate):
    """What a customer ordered; `opportunity_id` and `contract_id` name what it belongs to, if any.

    Its lines are `paper_lines`, priced and taxed; of an order in its simplest form, `lines`,
    without tax. `lines` and `total` stay as they were placed. `gross` is what the order stands for
    with tax by now, `unshipped` the part of it that has not left us. `standings` has one entry per
    line, from its first movement on; `contract_lines` says of each which line of the contract it
    draws on. `has_plan`: the contract's milestones say when it is paid, not its shipments.
    """

    TYPE: ClassVar[str] = "order"

    number: str
    external_id: str | None = None
    customer_id: str
    opportunity_id: str | None = None
    contract_id: str | None = None
    contract_lines: list[int] = field(default_factory=list)
    has_plan: bool = False
    quote_id: str | None = None
    lines: list[Line] = field(default_factory=list)
    paper_lines: list[PaperLine] = field(default_factory=list)
    total: Money
    gross: Money | None = None
    unshipped: Money | None = None
    status: str = PLACED
    placed_on: date
    delivered_on: date | None = None
    accepted_on: date | None = None
    cancelled_reason: str | None = None
    standings: list[LineStanding] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)

    def ship(
        self,
        on: date,
        parts: Sequence[Part] = (),
        *,
        carrier: str | None = None,
        waybill: str | None = None,
    ) -> None:
        """A shipment 发货 of `parts`, or of all that is left."""
        self._require_after_placing(on, "/shipped_on")
        moved = self._chosen(parts, lambda line: line.to_ship)
        self._move(moved, lambda line, by: replace(line, shipped=line.shipped + by))
        number = len(self.shipments) + 1
        self.shipments.append(
            Shipment(number=number, shipped_on=on, parts=moved, carrier=carrier, waybill=waybill)
        )
        self.record(
            facts.OrderShipped(
                shipment=number,
                shipped_on=on,
                parts=moved,
                amount=self._net_of(moved),
                gross=self._gross_of(moved),
                carrier=carrier,
                waybill=waybill,
                is_complete=self.is_shipped,
            )
        )

    def reverse_shipment(self, reason: str, parts: Sequence[Part] = ()) -> None:
        """What is on the way did not arrive; it is to be shipped again."""
        moved = self._chosen(parts, lambda line: line.on_the_way)
        self._move(moved, lambda line, by: replace(line, shipped=line.shipped - by))
        self.record(
            facts.OrderShipmentReversed(
                parts=moved,
                amount=self._net_of(moved),
                gross=self._gross_of(moved),
                reason=reason,
            )
        )

    def deliver(self, on: date, parts: Sequence[Part] = (), *, at: datetime | None = None) -> None:
        """A delivery 交付 of `parts`, or of all that is left; what it is worth becomes revenue.

        What was not shipped before is handed over as it is delivered.
        """
        self._require_after_placing(on, "/delivered_on")
        moved = self._chosen(parts, lambda line: line.to_deliver)
        before = self._worth(self._net, lambda line: line.kept)
        gross_before = self._worth(self._gross, lambda line: line.kept)
        self._move(moved, _delivered)
        amount = self._worth(self._net, lambda line: line.kept) - before
        number = len(self.deliveries) + 1
        self.deliveries.append(Delivery(number=number, delivered_on=on, parts=moved, amount=amount))
        if self.is_delivered:
            self.delivered_on = on
        self.record(
            facts.OrderDelivered(
                delivery=number,
                delivered_on=on,
                lines=self._lines_of(moved),
                parts=moved,
                amount=amount,
                gross=self._worth(self._gross, lambda line: line.kept) - gross_before,
                is_complete=self.is_delivered,
            ),
            at=at,
        )

    def accept(self, on: date, numbers: Sequence[int] = (), *, file_id: str | None = None) -> None:
        """The customer accepts 验收 these deliveries, or all that wait for it."""
        chosen = self._waiting(numbers, on)
        self.deliveries = [
            replace(one, accepted_on=on) if one.number in chosen else one for one in self.deliveries
        ]
        is_complete = self.is_delivered and all(one.accepted_on for one in self.deliveries)
        if is_complete:
            self.accepted_on = on
        self.record(
            facts.OrderAccepted(
                deliveries=chosen, accepted_on=on, file_id=file_id, is_complete=is_complete
            )
        )

    def refuse_acceptance(self, on: date, reason: str, numbers: Sequence[int] = ()) -> None:
        """The customer does not accept them; they still wait."""
        chosen = self._waiting(numbers, on)
        self.record(facts.OrderAcceptanceRefused(deliveries=chosen, refused_on=on, reason=reason))

    def take_back(self, on: date, parts: Sequence[Part], *, outcome: str, reason: str) -> Freed:
        """A return 退货. A replacement is to be delivered again, and so is what was never there.

        `correction` takes back a delivery that was recorded by mistake. Told is what the order is
        no longer for.
        """
        self._require_after_placing(on, "/returned_on")
        moved = self._chosen(parts, lambda line: line.kept)
        stood = self._gross_standing()
        before = self._worth(self._net, lambda line: line.kept)
        gross_before = self._worth(self._gross, lambda line: line.kept)
        self._move(moved, _returned if outcome == REFUND else _returned_to_come_again)
        amount = before - self._worth(self._net, lambda line: line.kept)
        number = len(self.returns) + 1
        self.returns.append(
            Return(
                number=number,
                returned_on=on,
                parts=moved,
                amount=amount,
                outcome=outcome,
                reason=reason,
            )
        )
        if not self.is_delivered:
            self.delivered_on = self.accepted_on = None
        self.record(
            facts.OrderReturned(
                number=number,
                returned_on=on,
                outcome=outcome,
                reason=reason,
                lines=self._lines_of(moved),
                parts=moved,
                amount=amount,
                gross=gross_before - self._worth(self._gross, lambda line: line.kept),
            )
        )
        freed = moved if outcome == REFUND else []
        return Freed(parts=freed, gross=stood - self._gross_standing())

    def cancel(self, reason: str) -> Freed:
        """What has not been shipped is not delivered any more: the order is no longer for it."""
        if self.status in (CANCELLED, RETURNED):
            raise self._settled()
        moved = self._chosen((), lambda line: line.to_ship)
        standing = self._worth(self._net, lambda line: line.stands)
        stood = self._gross_standing()
        self._move(moved, lambda line, by: replace(line, cancelled=line.cancelled + by))
        is_whole = all(line.cancelled == line.ordered for line in self.standings)
        self.cancelled_reason = reason
        if self.status == DELIVERED and self.deliveries:
            self.delivered_on = self.deliveries[-1].delivered_on
        freed = Freed(parts=moved, gross=stood - self._gross_standing())
        self.record(
            facts.OrderCancelled(
                reason=reason,
                lines=self._lines_of(moved),
                parts=moved,
                amount=standing - self._worth(self._net, lambda line: line.stands),
                gross=freed.gross,
                is_whole=is_whole,
            )
        )
        return freed

    # What follows from the quantities

    @property
    def line_standings(self) -> list[LineStanding]:
        """Of every line; an order that never moved, or was delivered before parts were told."""
        if self.standings:
            return self.standings
        return [self._never_moved(quantity) for quantity in self.quantities]

    @property
    def quantities(self) -> list[Decimal]:
        return [line.quantity for line in self.paper_lines or self.lines]

    @property
    def plan_contract_id(self) -> str | None:
        """The contract whose milestones say when this is paid."""
        return self.contract_id if self.has_plan else None

    @property
    def shipped_gross(self) -> Money:
        """What left us and did not come back, with tax."""
        return self._worth(self._gross, lambda line: line.sent)

    @property
    def is_shipped(self) -> bool:
        return all(line.to_ship == 0 for line in self.line_standings)

    @property
    def is_delivered(self) -> bool:
        return all(line.to_deliver == 0 for line in self.line_standings)

    @property
    def revenue(self) -> Money:
        """Delivered and kept, without tax."""
        return self._worth(self._net, lambda line: line.kept)

    # Inside

    def _chosen(self, parts: Sequence[Part], left: Left) -> list[Part]:
        lines = self.line_standings
        if parts:
            require_left(parts, lines, left)
            return list(parts)
        chosen = all_left(lines, left)
        if not chosen:
            raise self._settled()
        return chosen

    def _move(
        self, parts: Sequence[Part], change: Callable[[LineStanding, Decimal], LineStanding]
    ) -> None:
        lines = list(self.line_standings)
        for part in parts:
            lines[part.line - 1] = change(lines[part.line - 1], part.quantity)
        self.standings = lines
        self.gross = self._gross_standing()
        self.unshipped = self.gross - self._worth(self._gross, lambda line: line.sent)
        self.status = self._status()

    def _never_moved(self, ordered: Decimal) -> LineStanding:
        if self.status == DELIVERED:
            return LineStanding(ordered=ordered, shipped=ordered, delivered=ordered)
        cancelled = ordered if self.status == CANCELLED else ZERO
        return LineStanding(ordered=ordered, cancelled=cancelled)

    def _status(self) -> str:
        lines = self.standings
        if all(line.cancelled == line.ordered for line in lines):
            return CANCELLED
        if not any(line.delivered for line in lines):
            return PLACED
        if not self.is_delivered:
            return PARTLY
        return DELIVERED if any(line.kept for line in lines) else RETURNED

    def _worth(self, whole: Callable[[int], Money], quantity: Left) -> Money:
        total = Money(Decimal("0.00"), self.total.currency)
        for place, line in enumerate(self.line_standings):
            total = total + worth(whole(place), quantity(line), line.ordered)
        return total

    def _net(self, place: int) -> Money:
        return self.paper_lines[place].net if self.paper_lines else self.lines[place].amount

    def _gross(self, place: int) -> Money:
        return self.paper_lines[place].gross if self.paper_lines else self.lines[place].amount

    def _gross_standing(self) -> Money:
        return self._worth(self._gross, lambda line: line.stands)

    def _net_of(self, parts: Sequence[Part]) -> Money:
        return self._sum_of(self._net, parts)

    def _gross_of(self, parts: Sequence[Part]) -> Money:
        return self._sum_of(self._gross, parts)

    def _sum_of(self, whole: Callable[[int], Money], parts: Sequence[Part]) -> Money:
        total = Money(Decimal("0.00"), self.total.currency)
        for part in parts:
            place = part.line - 1
            total = total + worth(whole(place), part.quantity, self.quantities[place])
        return total

    def _lines_of(self, parts: Sequence[Part]) -> list[Line]:
        """As deals and revenue count them: those that name a product, without tax."""
        found = []
        for part in parts:
            place = part.line - 1
            line = self.paper_lines[place].line() if self.paper_lines else self.lines[place]
            if line is not None:
                amount = worth(self._net(place), part.quantity, line.quantity)
                found.append(replace(line, quantity=part.quantity, amount=amount))
        return found

    def _waiting(self, numbers: Sequence[int], on: date) -> list[int]:
        waiting = {one.number: one for one in self.deliveries if one.accepted_on is None}
        chosen = [number for number in (numbers or waiting) if number in waiting]
        if not chosen or len(chosen) < len(numbers):
            raise NothingToAccept
        if any(on < waiting[number].delivered_on for number in chosen):
            raise ValidationFailed(
                FieldError(
                    "/on",
                    "too-early",
                    {CHINESE: "早于交付日期", ENGLISH: "is before the delivery"},
                )
            )
        return chosen

    def _require_after_placing(self, on: date, pointer: str) -> None:
        if on < self.placed_on:
            raise ValidationFailed(
                FieldError(
                    pointer,
                    "too-early",
                    {CHINESE: "早于下单日期", ENGLISH: "is before the order was placed"},
                )
            )

    def _settled(self) -> OrderSettled:
        words = {DELIVERED: "已交付", CANCELLED: "已取消", RETURNED: "已退货"}
        zh = words.get(self.status, "没有可处理的数量")
        en = f"the order is {self.status}" if self.status in words else "nothing is left of it"
        return OrderSettled({CHINESE: f"订单{zh}", ENGLISH: en})


def _delivered(line: LineStanding, by: Decimal) -> LineStanding:
    delivered = line.delivered + by
    return replace(line, delivered=delivered, shipped=max(line.shipped, delivered))


def _returned(line: LineStanding, by: Decimal) -> LineStanding:
    return replace(line, returned=line.returned + by)


def _returned_to_come_again(line: LineStanding, by: Decimal) -> LineStanding:
    return replace(line, returned=line.returned + by, again=line.again + by)
