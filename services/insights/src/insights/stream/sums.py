"""The sums of a slice: taken away what the old states counted for, added what the new ones do."""

from chassis.mongo import Database, Document

from insights import store
from insights.fold import cells, revenue
from insights.fold.deals import Contribution
from insights.fold.orders import Share
from insights.fold.steps import KINDS
from insights.stream.partitions import Partition, Place
from insights.stream.slices import Slice


async def sum_up(db: Database, one: Slice) -> None:
    """Bring the cells of the slice's partition in memory up to its states."""
    deals: list[tuple[Contribution, int]] = []
    sales: list[tuple[Share, int]] = []
    for reference, after in one.after.items():
        kind = KINDS[reference.split(":", 1)[0]]
        before = one.before[reference]
        counted, counts = kind.contribution(before), kind.contribution(after)
        if counted != counts:
            if counted is not None:
                deals.append((counted, -1))
            if counts is not None:
                deals.append((counts, 1))
        sold, sells = kind.shares(before), kind.shares(after)
        if sold != sells:
            sales += [(share, -1) for share in sold]
            sales += [(share, 1) for share in sells]
    if deals:
        await _add_deals(db, one.partition, deals)
    if sales:
        await _add_sales(db, one.partition, sales)


async def _add_deals(
    db: Database, partition: Partition, deals: list[tuple[Contribution, int]]
) -> None:
    wanted = [(deal, sign, list(cells.places(deal))) for deal, sign in deals]
    known = partition.cells
    missing = {place for _, _, places in wanted for place in places if place not in known}
    for place, document in await _stored(db, store.CELLS, partition, missing):
        known[place] = cells.Cell(document["dims"])
    for deal, sign, places in wanted:
        keys = cells.keys_of(deal)
        change = cells.sum_of(deal)
        if sign < 0:
            change = cells.negative(change)
        partition.touched_cells.update(places)
        for place in places:
            cell = known.get(place)
            if cell is None:
                cell = known[place] = cells.Cell()
            cell.add(keys, change)


async def _add_sales(db: Database, partition: Partition, sales: list[tuple[Share, int]]) -> None:
    known = partition.revenue
    missing = {revenue.place(share) for share, _ in sales} - known.keys()
    for place, document in await _stored(db, store.REVENUE, partition, missing):
        known[place] = revenue.RevenueMonth(*place, document)
    for share, sign in sales:
        at = revenue.place(share)
        month = known.get(at)
        if month is None:
            month = known[at] = revenue.RevenueMonth(*at)
        partition.touched_revenue.add(at)
        month.add(share, sign)


async def _stored(
    db: Database, collection: str, partition: Partition, missing: set[Place]
) -> list[tuple[Place, Document]]:
    if partition.is_complete or not missing:
        return []
    places = {partition.place_id(place): place for place in missing}
    found: list[tuple[Place, Document]] = []
    for ids in store.chunks(list(places)):
        documents = await db[collection].find({"_id": {"$in": ids}}).to_list()
        found += [(places[document["_id"]], document) for document in documents]
    return found
