"""Where contracts lie."""

from chassis.store import Stored
from chassis.work import Work
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.contracts.model import ENDED, SEALED, SUPPLEMENT, TERMINATED, Contract

CONTRACTS = Stored(
    Contract,
    "contracts",
    indexes=[
        IndexModel([("number", ASCENDING)], name="number"),
        IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel([("opportunity_id", ASCENDING)], name="opportunity"),
        IndexModel([("base_contract_id", ASCENDING)], name="base"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        IndexModel([("team_id", ASCENDING), ("_id", DESCENDING)], name="team"),
        IndexModel([("collaborator_ids", ASCENDING)], name="collaborators"),
        IndexModel([("terms.ends_on", ASCENDING)], name="ends_on"),
    ],
)


async def bound_by(work: Work, opportunity_id: str) -> list[Contract]:
    """A deal's contracts that were sealed and not broken off, as this unit of work has them.

    Supplements are in the contract they belong to.
    """
    found = work.db[CONTRACTS.collection].find(
        {"opportunity_id": opportunity_id, "kind": {"$ne": SUPPLEMENT}}, {"_id": 1}
    )
    loaded = await work.find_many(CONTRACTS, [document["_id"] async for document in found])
    return [
        contract
        for contract in loaded.values()
        if contract.status == SEALED
        or (contract.status == ENDED and contract.outcome != TERMINATED)
    ]


async def number_is_taken(work: Work, number: str) -> bool:
    found = await work.db[CONTRACTS.collection].find_one({"number": number}, {"_id": 1})
    return found is not None
