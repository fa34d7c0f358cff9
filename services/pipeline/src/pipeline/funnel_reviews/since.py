"""What happened to deals since they were last gone through, and which promises were kept by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from chassis.events import EVENTS_COLLECTION
from chassis.mongo import Database, Document
from chassis.workdays import DAY, Workdays

from pipeline.evidence.store import EVIDENCE
from pipeline.funnel_reviews.model import (
    AHEAD,
    WEEK,
    Happened,
    JudgedPromise,
    Promise,
    judge_promise,
)
from pipeline.funnel_reviews.store import LAST_REVIEWS
from pipeline.moments import beginning_of
from pipeline.opportunities.model import Opportunity

MOST_EVENTS = 50
TOLD_BY_CLOCKS = frozenset({"recheck_due", "judgement_due", "due_settled", "follow_up_due"})


@dataclass(frozen=True, kw_only=True)
class MadePromise:
    """A promise, when it was made, and how far the deal's events went then."""

    promise: Promise
    made_at: datetime
    seen: int


@dataclass(frozen=True, kw_only=True)
class LastTime:
    """A deal as it was last gone through; one that never was counts from a week ago."""

    at: datetime
    seen: int
    is_first: bool = False
    slips: int = 0
    promised: list[MadePromise] = field(default_factory=list)

    @property
    def oldest(self) -> tuple[datetime, int]:
        marks = [(self.at, self.seen), *((one.made_at, one.seen) for one in self.promised)]
        return min(at for at, _ in marks), min(seen for _, seen in marks)


def last_time(document: Document | None, deal: Opportunity, now: datetime) -> LastTime:
    if document is None:
        seen = max(deal.version - MOST_EVENTS, 0)
        return LastTime(at=now - WEEK, seen=seen, is_first=True)
    return LastTime(
        at=document["at"],
        seen=document["seen"],
        slips=document["slips"],
        promised=[
            MadePromise(
                promise=Promise(
                    content=one["content"],
                    due_on=date.fromisoformat(one["due_on"]),
                    proof=one["proof"],
                ),
                made_at=one["made_at"],
                seen=one["seen"],
            )
            for one in document["promised"]
        ],
    )


def as_last_time(
    deal: Opportunity, review_id: str, promised: Iterable[MadePromise], now: datetime
) -> Document:
    return {
        "_id": deal.id,
        "review_id": review_id,
        "at": now,
        "seen": deal.version,
        "slips": deal.slips,
        "promised": [
            {
                "content": one.promise.content,
                "due_on": one.promise.due_on.isoformat(),
                "proof": one.promise.proof,
                "made_at": one.made_at,
                "seen": one.seen,
            }
            for one in promised
        ],
    }


async def last_times(
    db: Database, deals: Sequence[Opportunity], now: datetime
) -> dict[str, LastTime]:
    found = db[LAST_REVIEWS].find({"_id": {"$in": [deal.id for deal in deals]}})
    known = {document["_id"]: document async for document in found}
    return {deal.id: last_time(known.get(deal.id), deal, now) for deal in deals}


async def happened(
    db: Database, deals: Sequence[Opportunity], last: Mapping[str, LastTime]
) -> dict[str, list[Happened]]:
    """Facts about each deal since its oldest open promise, oldest first: events and evidence."""
    facts: dict[str, list[Happened]] = {deal.id: [] for deal in deals}
    wanted = [
        f"{deal.reference}:{sequence}"
        for deal in deals
        for sequence in range(
            max(last[deal.id].oldest[1], deal.version - MOST_EVENTS) + 1, deal.version + 1
        )
    ]
    events = db[EVENTS_COLLECTION].find({"_id": {"$in": wanted}}, {"type": 1, "occurred_at": 1})
    async for event in events:
        kind = event["type"].split(".")[2]
        if kind not in TOLD_BY_CLOCKS:
            _note(facts, last, event["_id"].split(":")[1], event["_id"], kind, event["occurred_at"])
    since = min((one.oldest[0] for one in last.values()), default=None)
    about = {"opportunity_ids": {"$in": sorted(facts)}, "at": {"$gt": since}, "withdrawn_by": None}
    async for fact in db[EVIDENCE].find(about):
        for opportunity_id in fact["opportunity_ids"]:
            _note(facts, last, opportunity_id, fact["event_id"], fact["kind"], fact["at"])
    return {
        deal: sorted(found, key=lambda one: (one.at, one.id, one.kind))
        for deal, found in facts.items()
    }


def _note(
    facts: dict[str, list[Happened]],
    last: Mapping[str, LastTime],
    deal: str,
    identifier: str,
    kind: str,
    at: datetime,
) -> None:
    if deal in facts and at > last[deal].oldest[0]:
        facts[deal].append(Happened(id=identifier, kind=kind, at=at))


def since_last_time(facts: Iterable[Happened], last: LastTime) -> list[Happened]:
    return [one for one in facts if one.at > last.at]


def judged(
    last: LastTime, facts: Sequence[Happened], days: Workdays, now: datetime
) -> list[JudgedPromise]:
    """Last time's promises, kept or broken, or still ahead."""
    return [_judged(one, facts, days, now) for one in last.promised]


def still_ahead(
    last: LastTime, facts: Sequence[Happened], days: Workdays, now: datetime
) -> list[MadePromise]:
    """Promises whose day is not over: they stand until then."""
    return [one for one in last.promised if _judged(one, facts, days, now).state == AHEAD]


def _judged(
    made: MadePromise, facts: Sequence[Happened], days: Workdays, now: datetime
) -> JudgedPromise:
    end = beginning_of(made.promise.due_on + DAY, days.timezone)
    within = [one for one in facts if made.made_at < one.at < end]
    return judge_promise(made.promise, within, ended=end if end <= now else None)


def days_since(moment: datetime, now: datetime) -> int:
    return max((now - moment) // timedelta(days=1), 0)
