"""Deals written into `pipeline.events.v1` by a stranger, and what insights must make of them.

Shares no code with the product: payloads are the published examples with other values, the topic
is written and read with librdkafka, insights' database is read as it lies there.
"""

import itertools
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from pymongo import MongoClient

TOPIC = "pipeline.events.v1"
INPUTS = [f"{service}.events.v1" for service in ("customers", "pipeline", "field", "insights")]
EXAMPLES = Path(__file__).resolve().parents[3] / "libs/contracts/examples"
_PARTITIONS = 12


class Deals:
    """Everything that was ever sent to one broker, and how often."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.expected: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self._open: list[str] = []
        self._chance = random.Random(11)
        self._opened = json.loads((EXAMPLES / "tianlong.opportunity.opened.v1/1.json").read_text())
        self._won = json.loads((EXAMPLES / "tianlong.opportunity.won.v1/1.json").read_text())
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})

    def make_topics(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        made = admin.create_topics([NewTopic(name, _PARTITIONS, 1) for name in INPUTS])
        for future in made.values():
            future.result(30)

    def open(self, count: int) -> None:
        """That many new deals; some events twice."""
        for _ in range(count):
            deal = f"deal-{next(self._numbers)}"
            event = self._event(self._opened, deal, 1, opened_on="2026-01-12")
            self._send([event] * (2 if self._chance.random() < 0.2 else 1))
            self._open.append(deal)
            self.expected["total"] += 1
            self.expected["open"] += 1
        self._producer.flush(30)

    def win(self, count: int) -> None:
        """That many of the open ones won, any of them."""
        for _ in range(count):
            deal = self._open.pop(self._chance.randrange(len(self._open)))
            self._send([self._winning(deal)])
            self.expected["open"] -= 1
        self._producer.flush(30)

    def open_and_win(self, count: int) -> None:
        """New deals that are won at once; some events before their turn, as after a failed send."""
        for _ in range(count):
            deal = f"deal-{next(self._numbers)}"
            events = [self._event(self._opened, deal, 1, opened_on="2026-01-12")]
            events.append(self._winning(deal))
            if self._chance.random() < 0.3:
                events = events[::-1] + events
            self._send(events)
            self.expected["total"] += 1
        self._producer.flush(30)

    def _winning(self, deal: str) -> dict[str, Any]:
        cents = self._chance.randrange(100, 100_000)
        amount = {"amount": f"{cents // 100}.{cents % 100:02d}", "currency": "CNY"}
        self.expected["won"] += 1
        self.expected["won_cents:CNY"] += cents
        return self._event(self._won, deal, 2, amount=amount)

    def _send(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._producer.produce(TOPIC, **event)

    def _event(
        self, example: dict[str, Any], deal: str, sequence: int, **values: Any
    ) -> dict[str, Any]:
        owner = f"rep{len(deal)}"
        event_id = f"opportunity:{deal}:{sequence}"
        said = {"ce_id": event_id, "ce_subject": deal, "ce_sequence": str(sequence)}
        headers = example["headers"] | said | {"ce_owner": owner}
        value = example["value"] | values | {"opportunity_id": deal}
        if "owner_id" in value:
            value["owner_id"] = owner
        return {
            "key": deal,
            "value": json.dumps(value),
            "headers": [(name, text.encode()) for name, text in headers.items()],
        }

    def ends(self) -> dict[str, int]:
        """`<topic>:<partition>` → end offset."""
        reader = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "checker"})
        try:
            return {
                f"{TOPIC}:{number}": reader.get_watermark_offsets(
                    TopicPartition(TOPIC, number), timeout=30
                )[1]
                for number in range(_PARTITIONS)
            }
        finally:
            reader.close()


class Folded:
    """What insights has stored, read as it lies there."""

    def __init__(self, mongodb_uri: str, database: str) -> None:
        self._client: MongoClient[dict[str, Any]] = MongoClient(mongodb_uri)
        self._db = self._client[database]

    def close(self) -> None:
        self._client.close()

    def offsets(self) -> dict[str, int]:
        return {
            one["_id"].split("|", 1)[1]: one["next"] for one in self._db["stream_offsets"].find()
        }

    def wait_for(self, ends: dict[str, int], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            offsets = self.offsets()
            if all(offsets.get(place, 0) >= end for place, end in ends.items()):
                return True
            time.sleep(0.1)
        return False

    def findings(self, deals: Deals) -> list[str]:
        found = []
        ends = deals.ends()
        offsets = self.offsets()
        for place, end in ends.items():
            if offsets.get(place, 0) != end:
                found.append(f"unseen: {place} is at {offsets.get(place)}, the topic at {end}")
        for dimension in ("owner", "month"):
            sums = self._sums(dimension)
            for name, should in deals.expected.items():
                if sums[name] != should:
                    kind = "lost" if sums[name] < should else "doubled"
                    found.append(f"{kind}: {name} by {dimension} is {sums[name]}, not {should}")
        states = self._db["states"].count_documents({"kind": "opportunity"})
        if states != deals.expected["total"]:
            found.append(f"contradictory: {states} deals are known")
        return found

    def _sums(self, dimension: str) -> Counter[str]:
        sums: Counter[str] = Counter()
        for cell in self._db["cells"].find({"_id": {"$regex": r"^\d+\|all\|all\|"}}):
            for counters in cell["dims"].get(dimension, {}).values():
                sums.update({name: count for name, count in counters.items() if name in _COUNTED})
        return sums


_COUNTED = ("total", "open", "won", "won_cents:CNY")
