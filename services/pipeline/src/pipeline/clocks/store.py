"""Where the policy of reviews lies, and clocks: one document per deal, with whose it is."""

import msgspec
from chassis.facts import Aggregate
from chassis.mongo import Document
from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, IndexModel

from pipeline.clocks.model import DealClock, ReviewPolicy

REVIEW_POLICIES = Stored(ReviewPolicy, "review_policies")
CLOCKS = "deal_clocks"
INDEXES = {
    CLOCKS: [
        IndexModel(
            [("owner_id", ASCENDING), ("next_follow_up_at", ASCENDING), ("since", ASCENDING)],
            name="owner",
        ),
        IndexModel(
            [("team_id", ASCENDING), ("next_follow_up_at", ASCENDING), ("since", ASCENDING)],
            name="team",
        ),
    ]
}


async def clock_of(work: Work, opportunity_id: str) -> DealClock | None:
    document = await work.document(CLOCKS, opportunity_id)
    return None if document is None else from_document(document)


def keep_clock(work: Work, clock: DealClock, deal: Aggregate) -> None:
    """Write it where nobody changed it meanwhile; whoever was overtaken decides again."""
    seen = {"rev": clock.rev} if clock.rev else None
    document: Document = msgspec.to_builtins(clock, builtin_types=(type(clock.since),))
    holder = {
        "owner_id": deal.owner_id,
        "team_id": deal.team_id,
        "region": deal.region,
        "collaborator_ids": deal.collaborator_ids,
        "rights_of": deal.reference,
    }
    clock.rev += 1
    named = {"_id": document.pop("id"), "rev": clock.rev}
    told = {"next_follow_up_at": clock.next_follow_up_at, "runs": clock.runs}
    work.replace_seen(CLOCKS, document | holder | told | named, seen=seen)


def from_document(document: Document) -> DealClock:
    return msgspec.convert(document | {"id": document["_id"]}, DealClock)
