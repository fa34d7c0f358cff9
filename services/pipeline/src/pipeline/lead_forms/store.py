"""Where forms lie, what came of them, and how often an address has sent one in this hour."""

import hashlib
from datetime import datetime, timedelta

from chassis.mongo import Database, Document
from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from pipeline.lead_forms.model import LeadForm

LEAD_FORMS = Stored(
    LeadForm,
    "lead_forms",
    indexes=[IndexModel([("is_closed", ASCENDING), ("_id", DESCENDING)], name="open")],
)
COUNTS, VISITS = "lead_form_counts", "lead_form_visits"
TAKEN, TRAPPED = "taken", "trapped"
INDEXES: dict[str, list[IndexModel]] = {
    COUNTS: [],
    VISITS: [IndexModel([("until", ASCENDING)], name="until", expireAfterSeconds=0)],
}
AN_HOUR = timedelta(hours=1)


def begin_counting(work: Work, form_id: str) -> None:
    work.put(COUNTS, {"_id": form_id, TAKEN: 0, TRAPPED: 0})


def count(work: Work, form_id: str, what: str) -> None:
    work.update_many(COUNTS, {"_id": form_id}, {"$inc": {what: 1}})


def counts_in(document: Document | None) -> dict[str, int]:
    known = document or {}
    return {TAKEN: known.get(TAKEN, 0), TRAPPED: known.get(TRAPPED, 0)}


async def visits_this_hour(db: Database, form_id: str, address: str, now: datetime) -> int:
    """How often this address has sent the form in, this time included.

    The address itself is not kept: it is personal, too.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    named = hashlib.sha256(f"{form_id}|{address}|{hour.isoformat()}".encode()).hexdigest()
    try:
        return await _one_more(db, named, hour + AN_HOUR)
    except DuplicateKeyError:  # two first visits at once: now there is something to add to
        return await _one_more(db, named, hour + AN_HOUR)


async def _one_more(db: Database, named: str, until: datetime) -> int:
    after = await db[VISITS].find_one_and_update(
        {"_id": named},
        {"$inc": {"times": 1}, "$setOnInsert": {"until": until}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    times: int = after["times"] if after else 1
    return times
