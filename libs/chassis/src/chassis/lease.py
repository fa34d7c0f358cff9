"""A lease: of several processes, one does a job. It saves work; correctness never rests on it.

The database's clock decides, so that processes need not agree about the time. The same holder
(the same instance after a restart) takes its own lease up again at once.
"""

import time

import structlog
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from chassis.mongo import Database

_log = structlog.get_logger()


class Lease:
    """Document `{_id: name, holder, until}` in collection `leases`."""

    def __init__(self, db: Database, name: str, holder: str, seconds: float = 10) -> None:
        self._leases = db["leases"]
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._renew_at = 0.0

    async def hold(self) -> bool:
        """Take it or keep it; whether it is ours now. To be called more often than it runs out.

        The database is asked once per third of the term.
        """
        now = time.monotonic()
        if now < self._renew_at:
            return True
        if not await self._take():
            self._renew_at = 0.0
            return False
        self._renew_at = now + self._seconds / 3
        return True

    async def _take(self) -> bool:
        term = {"startDate": "$$NOW", "unit": "millisecond", "amount": int(self._seconds * 1000)}
        ours = {"$eq": ["$holder", self._holder]}
        free = {"$or": [ours, {"$lte": ["$until", "$$NOW"]}]}
        found = await self._leases.find_one_and_update(
            {"_id": self._name},
            [
                {"$set": {"holder": {"$cond": [free, self._holder, "$holder"]}}},
                {"$set": {"until": {"$cond": [ours, {"$dateAdd": term}, "$until"]}}},
            ],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return found is not None and found["holder"] == self._holder

    async def release(self) -> None:
        self._renew_at = 0.0
        try:
            await self._leases.delete_one({"_id": self._name, "holder": self._holder})
        except PyMongoError as problem:
            _log.info("lease.not_released", lease=self._name, reason=str(problem))
