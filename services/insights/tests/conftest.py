"""Records as Kafka would hand them over, made from payloads; and the sample company's events."""

import asyncio
import csv
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition
from contracts import customers as customers_wire
from contracts import pipeline as wire
from contracts.envelope import BY_PAYLOAD, Event
from contracts.values import Money
from insights.fold.cells import merge
from insights.fold.inputs import Door
from insights.fold.steps import KINDS
from insights.stream.operations import remember
from insights.stream.partitions import Partition
from insights.stream.slices import Slice
from insights.stream.sums import sum_up

SAMPLE = Path(__file__).parents[3] / "deploy/local/src/tianlong/samples/crm"
PARTITIONS = 12
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass
class Log:
    """Topics in memory: `say` appends an event, `records` hands them out by partition."""

    records: dict[tuple[str, int], list[Record]] = field(default_factory=lambda: defaultdict(list))
    sequences: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def say(
        self,
        payload: Event,
        subject: str,
        *,
        key: str | None = None,
        at: datetime = NOON,
        occurred_at: datetime | None = None,
        owner: str | None = None,
        team: str | None = None,
        region: str | None = None,
        origin: str | None = None,
        sequence: int | None = None,
        value: bytes | None = None,
        epoch: int = 1,
    ) -> Record:
        kind = BY_PAYLOAD[type(payload)]
        aggregate = f"{kind.aggregate}:{subject}"
        if sequence is None:
            self.sequences[aggregate] += 1
            sequence = self.sequences[aggregate]
        headers = {
            "ce_id": f"{aggregate}:{sequence}",
            "ce_source": f"/tianlong/{kind.publisher}",
            "ce_type": kind.name,
            "ce_subject": subject,
            "ce_time": at.isoformat().replace("+00:00", "Z"),
            "ce_sequence": str(sequence),
            "ce_occurredat": (occurred_at or at).isoformat().replace("+00:00", "Z"),
            "ce_logepoch": str(epoch),
            "ce_owner": owner,
            "ce_team": team,
            "ce_region": region,
            "ce_origin": origin,
        }
        name = (key or subject).encode()
        partition = zlib.crc32(name) % PARTITIONS
        log = self.records[kind.topic, partition]
        record = Record(
            kind.topic,
            partition,
            len(log),
            name,
            msgspec.json.encode(payload) if value is None else value,
            tuple((title, text.encode()) for title, text in headers.items() if text),
        )
        log.append(record)
        return record

    def all(self) -> Iterator[Record]:
        for records in self.records.values():
            yield from records


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def new_log() -> Callable[[], Log]:
    return Log


def yuan(amount: str | int) -> Money:
    return Money(Decimal(amount), "CNY")


@pytest.fixture(name="yuan")
def yuan_fixture() -> Callable[[str | int], Money]:
    return yuan


def stage(number: int = 1, code: str = "contact", norm_days: int | None = None) -> wire.StageRef:
    return wire.StageRef(number=number, code=code, norm_days=norm_days)


@pytest.fixture
def a_deal() -> Callable[..., wire.OpportunityOpened]:
    def make(
        deal: str,
        *,
        owner: str = "rep",
        customer: str | None = None,
        product: str | None = None,
        opened_on: date | None = date(2026, 3, 2),
        number: int = 1,
        code: str = "contact",
        norm_days: int | None = None,
    ) -> wire.OpportunityOpened:
        return wire.OpportunityOpened(
            opportunity_id=deal,
            owner_id=owner,
            template="standard",
            template_version=1,
            stage=stage(number, code, norm_days),
            opened_on=opened_on,
            terms=wire.DealTerms(name=deal, customer_id=customer, product_id=product),
        )

    return make


@dataclass(frozen=True)
class SampleDeal:
    id: str
    owner: str
    team: str
    region: str
    product: str
    customer: str | None
    status: str
    opened_on: date | None
    closed_on: date | None
    amount: Decimal


@pytest.fixture(scope="session")
def sample_deals() -> list[SampleDeal]:
    with (SAMPLE / "sales_teams.csv").open(encoding="utf-8") as file:
        teams = {row["sales_agent"]: row for row in csv.DictReader(file)}
    deals = []
    with (SAMPLE / "sales_pipeline.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            team = teams[row["sales_agent"]]
            deals.append(
                SampleDeal(
                    row["opportunity_id"],
                    row["sales_agent"],
                    team["manager"],
                    team["regional_office"],
                    row["product"].replace("GTXPro", "GTX Pro"),
                    row["account"] or None,
                    row["deal_stage"],
                    date.fromisoformat(row["engage_date"]) if row["engage_date"] else None,
                    date.fromisoformat(row["close_date"]) if row["close_date"] else None,
                    Decimal(row["close_value"] or 0),
                )
            )
    return deals


@pytest.fixture(scope="session")
def sample_log(sample_deals: list[SampleDeal]) -> Log:
    """The events that an import of the sample gives: about 28,000 of pipeline, 85 of customers."""
    log = Log()
    for name in sorted({deal.customer for deal in sample_deals if deal.customer}):
        log.say(
            customers_wire.CustomerRegistered(
                customer_id=name, profile=customers_wire.CustomerProfile(name=name, owner_id="x")
            ),
            name,
        )
    for deal in sample_deals:
        _say_deal(log, deal)
    return log


def _say_deal(log: Log, deal: SampleDeal) -> None:
    where: dict[str, Any] = {
        "key": deal.customer or deal.id,
        "owner": deal.owner,
        "team": deal.team,
        "region": deal.region,
        "origin": "import",
    }
    entered = stage(1, "contact") if deal.status == "Prospecting" else stage(3, "presentation", 14)
    log.say(
        wire.OpportunityOpened(
            opportunity_id=deal.id,
            external_id=deal.id,
            owner_id=deal.owner,
            template="standard",
            template_version=1,
            stage=entered,
            opened_on=deal.opened_on,
            terms=wire.DealTerms(name=deal.id, customer_id=deal.customer, product_id=deal.product),
        ),
        deal.id,
        **where,
    )
    if deal.closed_on is None:
        return
    if deal.status == "Lost":
        log.say(
            wire.OpportunityLost(
                opportunity_id=deal.id,
                customer_id=deal.customer,
                reasons=["price"],
                opened_on=deal.opened_on,
                closed_on=deal.closed_on,
                previous_stage=entered,
            ),
            deal.id,
            **where,
        )
        return
    amount = Money(deal.amount, "CNY")
    log.say(
        wire.OpportunityWon(
            opportunity_id=deal.id,
            customer_id=deal.customer,
            amount=amount,
            opened_on=deal.opened_on,
            closed_on=deal.closed_on,
            previous_stage=entered,
        ),
        deal.id,
        **where,
    )
    if deal.customer is None:
        return
    line = wire.Line(product_id=deal.product, quantity=Decimal(1), amount=amount)
    log.say(
        wire.OrderPlaced(
            order_id=f"o-{deal.id}",
            number=deal.id,
            customer_id=deal.customer,
            opportunity_id=deal.id,
            owner_id=deal.owner,
            lines=[line],
            total=amount,
            placed_on=deal.closed_on,
        ),
        f"o-{deal.id}",
        **where,
    )
    log.say(
        wire.OrderDelivered(
            order_id=f"o-{deal.id}",
            customer_id=deal.customer,
            opportunity_id=deal.id,
            lines=[line],
            amount=amount,
            delivered_on=deal.closed_on,
        ),
        f"o-{deal.id}",
        **where,
    )
    log.say(
        wire.PaymentReceived(
            payment_id=f"p-{deal.id}",
            customer_id=deal.customer,
            order_id=f"o-{deal.id}",
            opportunity_id=deal.id,
            owner_id=deal.owner,
            amount=amount,
            method="transfer",
            received_on=deal.closed_on,
        ),
        f"p-{deal.id}",
        **where,
    )


class Memory:
    """The fold without a database: what the partitions hold after these records."""

    def __init__(self) -> None:
        self.partitions: dict[tuple[str, int], Partition] = {}
        self.marks: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}
        self.skipped: set[str] = set()
        self._door = Door(frozenset(KINDS))

    def take(self, records: Sequence[Record]) -> None:
        """One round."""
        by_partition: dict[tuple[str, int], list[Record]] = defaultdict(list)
        for record in records:
            by_partition[record.topic, record.partition].append(record)
        for at, several in by_partition.items():
            if at not in self.partitions:
                self.partitions[at] = Partition(1, TopicPartition(*at), 0, 1)
            partition = self.partitions[at]
            # There is no database to read again what was given up.
            partition.most_kept = 1_000_000
            one = Slice(partition, several, self._door, self.skipped)
            for reference in one.references():
                one.waiting[reference] = {
                    kept.sequence: kept
                    for kept in self.kept.values()
                    if kept.of == partition.id_of(reference)
                }
            one.fold()
            asyncio.run(sum_up(None, one))  # type: ignore[arg-type]  # nothing is stored yet
            self.marks |= one.marks
            self.kept |= one.held
            for identifier in one.released:
                self.kept.pop(identifier, None)
            remember(one)

    def state(self, reference: str) -> Any:
        return next(
            (one.states[reference] for one in self.partitions.values() if reference in one.states),
            None,
        )

    def timers(self) -> dict[str, Any]:
        found = {}
        for partition in self.partitions.values():
            for reference, state in partition.states.items():
                kind, subject = reference.split(":", 1)
                found |= {timer.key: timer for timer in KINDS[kind].timers(subject, state)}
        return found

    def rows(self, scope: str, bucket: str, dimension: str) -> dict[str, Any]:
        rows: dict[str, Any] = defaultdict(dict)
        for partition in self.partitions.values():
            cell = partition.cells.get((scope, bucket))
            for key, counters in (cell.dims.get(dimension, {}) if cell else {}).items():
                merge(rows[key], counters)
        return dict(rows)

    def everything(self) -> dict[str, Any]:
        """For comparing: all that would be stored."""
        return {
            one.source: {
                "states": one.states,
                "cells": {place: cell.dims for place, cell in one.cells.items()},
                "revenue": {place: month.document() for place, month in one.revenue.items()},
            }
            for one in self.partitions.values()
        }


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def new_memory() -> Callable[[], Memory]:
    return Memory
