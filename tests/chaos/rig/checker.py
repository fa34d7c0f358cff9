"""The judge of a chaos round. Shares no code with the product.

It hears four witnesses: the client's own record of answers, the ledger's database, the topic
(read with librdkafka), and the mirror's database; and looks for what is lost, doubled, unseen,
disordered or contradictory.
"""

import json
import time
from collections import Counter, defaultdict
from typing import Any

from pymongo import MongoClient

from tests.chaos.rig.client import Asked
from tests.chaos.rig.topics import read_topic


class Checker:
    def __init__(self, mongodb_uri: str, kafka_bootstrap: str, *, ledger: str, mirror: str) -> None:
        client: MongoClient[dict[str, Any]] = MongoClient(mongodb_uri)
        self._client = client
        self.ledger = client[ledger]
        self.mirror = client[mirror]
        self._bootstrap = kafka_bootstrap
        self._topic = f"{ledger}.events.v1"

    def close(self) -> None:
        self._client.close()

    def is_quiet(self) -> bool:
        """Whether everything recorded was published and mirrored."""
        if self.ledger["events"].count_documents({"pending": 1}):
            return False
        recorded = self.ledger["events"].count_documents({})
        mirrored = sum(len(one["sequences"]) for one in self.mirror["sums"].find())
        return recorded == mirrored

    def wait_until_quiet(self, seconds: float, *, stalled: float) -> bool:
        """Until nothing is under way; gives up when nothing has moved for `stalled` seconds."""
        deadline = time.monotonic() + seconds
        moved_at, state = time.monotonic(), self._state()
        while time.monotonic() < deadline and time.monotonic() < moved_at + stalled:
            if self.is_quiet():
                return True
            time.sleep(0.1)
            if self._state() != state:
                moved_at, state = time.monotonic(), self._state()
        return False

    def _state(self) -> tuple[int, int]:
        mirrored = sum(len(one["sequences"]) for one in self.mirror["sums"].find())
        return self.ledger["events"].count_documents({"pending": 1}), mirrored

    def findings(self, record: list[Asked]) -> list[str]:
        """Every contradiction between the witnesses; empty if there is none."""
        events = list(self.ledger["events"].find({"aggregate": {"$regex": "^account:"}}))
        log = read_topic(self._bootstrap, self._topic)
        return [
            *self._answers_against_events(record, events),
            *self._state_against_events(events),
            *self._topic_against_events(events, log),
            *self._mirror_against_events(events),
        ]

    def _answers_against_events(
        self, record: list[Asked], events: list[dict[str, Any]]
    ) -> list[str]:
        booked: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
        for event in events:
            value = json.loads(event["value"])
            account = event["aggregate"].partition(":")[2]
            booked[value["operation"]].append((account, value["amount"], event["_id"]))
        found = []
        for asked in record:
            have = booked.pop(asked.operation, [])
            told = {answer for answer in asked.answers if answer[0] < 300}
            if len(have) > len(asked.entries):
                found.append(f"doubled: {asked.operation} was booked {len(have)} times")
            elif told and Counter((a, n) for a, n, _ in have) != Counter(asked.entries):
                found.append(f"lost: {asked.operation} was confirmed, booked is {have}")
            elif 0 < len(have) < len(asked.entries):
                found.append(f"contradictory: half of {asked.operation} was booked")
            if len(told) > 1:
                found.append(f"contradictory: {asked.operation} was answered {told}")
            positions = {position for _, position, _ in told}
            if not positions <= {event_id for _, _, event_id in have}:
                found.append(f"contradictory: {asked.operation} is not at {positions}")
        return [*found, *(f"unseen: {one} was never asked for" for one in booked)]

    def _state_against_events(self, events: list[dict[str, Any]]) -> list[str]:
        sums: Counter[str] = Counter()
        sequences: dict[str, list[int]] = defaultdict(list)
        for event in events:
            account = event["aggregate"].partition(":")[2]
            sums[account] += json.loads(event["value"])["amount"]
            sequences[account].append(event["seq"])
        found = []
        for account, seen in sequences.items():
            if sorted(seen) != list(range(1, len(seen) + 1)):
                found.append(f"lost: the events of {account} have gaps: {sorted(seen)}")
        states = {one["_id"]: one for one in self.ledger["accounts"].find()}
        for account in states.keys() | sums.keys():
            state = states.get(account, {"balance": 0, "version": 0})
            if (state["balance"], state["version"]) != (sums[account], len(sequences[account])):
                found.append(f"contradictory: {account} is {state}, its events say otherwise")
        return found

    def _topic_against_events(
        self, events: list[dict[str, Any]], log: list[tuple[int, int, str, bytes]]
    ) -> list[str]:
        recorded = {event["_id"]: event["value"] for event in events}
        found = []
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for partition, offset, event_id, value in log:
            places[event_id].append((partition, offset))
            if recorded.get(event_id) != value:
                found.append(f"contradictory: {event_id} in the topic is not what was recorded")
        found += [f"unseen: {one} is not in the topic" for one in recorded.keys() - places.keys()]
        for event_id, at in places.items():
            name, _, sequence = event_id.rpartition(":")
            after = places.get(f"{name}:{int(sequence) + 1}")
            if after and len({one[0] for one in at + after}) > 1:
                found.append(f"disordered: {name} lies in several partitions")
            elif after and max(after) < min(at):
                found.append(f"disordered: {event_id} comes after its successor for good")
        return found

    def _mirror_against_events(self, events: list[dict[str, Any]]) -> list[str]:
        expected: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for event in events:
            account = event["aggregate"].partition(":")[2]
            expected[account].append((event["seq"], json.loads(event["value"])["amount"]))
        mirrored = {one["_id"]: one for one in self.mirror["sums"].find()}
        found = []
        for account in expected.keys() | mirrored.keys():
            should = sorted(expected[account])
            have = mirrored.get(account, {"sum": 0, "sequences": []})
            seen = Counter(have["sequences"])
            missing = [seq for seq, _ in should if not seen[seq]]
            twice = [seq for seq, count in seen.items() if count > 1]
            if missing:
                found.append(f"lost: the mirror has not seen {account} {missing}")
            if twice:
                found.append(f"doubled: the mirror has seen {account} {twice} more than once")
            if not missing and not twice and have["sequences"] != [seq for seq, _ in should]:
                found.append(f"disordered: the mirror saw {account} as {have['sequences']}")
            if have["sum"] != sum(amount for _, amount in should):
                found.append(f"contradictory: the mirror's sum of {account}")
        return found
