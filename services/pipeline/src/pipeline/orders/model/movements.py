"""What moved of an order, paper by paper, and what it refuses to move."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chassis.problems import CHINESE, ENGLISH, Refused, Text
from contracts.values import Money

from pipeline.orders.model.quantities import Part


class OrderSettled(Refused):
    slug = "order-settled"
    titles: ClassVar[Text] = {
        CHINESE: "订单已交付或已取消",
        ENGLISH: "The order is delivered or cancelled",
    }


class NothingToAccept(Refused):
    slug = "nothing-to-accept"
    titles: ClassVar[Text] = {
        CHINESE: "没有待验收的交付",
        ENGLISH: "No delivery waits for acceptance",
    }


@dataclass(frozen=True, kw_only=True)
class Shipment:
    number: int
    shipped_on: date
    parts: list[Part]
    carrier: str | None = None
    waybill: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    number: int
    delivered_on: date
    parts: list[Part]
    amount: Money
    accepted_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Return:
    number: int
    returned_on: date
    parts: list[Part]
    amount: Money
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Freed:
    """What an order is no longer for, with tax."""

    parts: list[Part]
    gross: Money
