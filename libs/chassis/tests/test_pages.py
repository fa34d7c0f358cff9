"""Pages of a list: read one after the other they are the list, each row once."""

import random
from decimal import Decimal

import pytest
from chassis.mongo import Document, connect, database
from chassis.pages import Way, merged_page, page


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("sort", ["amount", "terms.day", "_id"])
async def test_pages_in_a_row_are_the_whole_list(
    mongodb_uri: str, database_name: str, is_descending: bool, sort: str
) -> None:
    """Equal and missing values included, wherever a page ends."""
    client = connect(mongodb_uri)
    rows = database(client, database_name)["rows"]
    drawn = random.Random(7)
    documents: list[Document] = []
    for number in range(60):
        document: Document = {"_id": f"row-{number:02}", "terms": {}}
        if drawn.random() < 0.7:
            document["amount"] = Decimal(drawn.choice(["1.5", "2", "10"]))
        if drawn.random() < 0.7:
            document["terms"]["day"] = drawn.choice(["2026-01-01", "2026-02-01", None])
        documents.append(document)
    await rows.insert_many(documents)
    direction = -1 if is_descending else 1
    order = [(sort, direction), ("_id", direction)] if sort != "_id" else [(sort, direction)]
    whole = [row["_id"] for row in await rows.find().sort(order).to_list()]
    seen: list[str] = []
    cursor = None
    while True:
        found = await page(
            rows,
            {},
            sort=sort,
            is_descending=is_descending,
            limit=7,
            cursor=cursor,
            decode=lambda row: str(row["_id"]),
        )
        seen += found.items
        cursor = found.next_cursor
        if cursor is None:
            break
    await client.close()
    assert seen == whole


@pytest.mark.parametrize("is_descending", [True, False])
async def test_merged_ways_are_one_list_in_order_each_row_once(
    mongodb_uri: str, database_name: str, is_descending: bool
) -> None:
    """A row that two ways lead to is there once; what is not within is not there at all."""
    client = connect(mongodb_uri)
    rows = database(client, database_name)["rows"]
    drawn = random.Random(11)
    await rows.create_index([("owner", 1), ("amount", -1), ("_id", -1)], name="owner")
    await rows.create_index([("shared", 1), ("amount", -1), ("_id", -1)], name="shared")
    await rows.insert_many(
        {
            "_id": f"row-{number:02}",
            "owner": drawn.choice(["me", "you"]),
            "shared": drawn.choice([["me"], [], ["you", "me"]]),
            "amount": drawn.choice([None, Decimal(1), Decimal("2.5"), Decimal(30)]),
            "is_secret": drawn.random() < 0.1,
        }
        for number in range(60)
    )
    within: Document = {"is_secret": False}
    direction = -1 if is_descending else 1
    reachable = {"$or": [{"owner": "me"}, {"shared": "me"}], **within}
    order = [("amount", direction), ("_id", direction)]
    whole = [row["_id"] for row in await rows.find(reachable).sort(order).to_list()]
    seen: list[str] = []
    cursor = None
    while True:
        found = await merged_page(
            rows,
            [Way({"owner": "me"}, "owner"), Way({"shared": "me"}, "shared")],
            within=within,
            sort="amount",
            is_descending=is_descending,
            limit=7,
            cursor=cursor,
            decode=lambda row: str(row["_id"]),
        )
        seen += found.items
        cursor = found.next_cursor
        if cursor is None:
            break
    await client.close()
    assert seen == whole
