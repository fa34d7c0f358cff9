"""A newer version starts on the data of an older one, whatever indexes that had made."""

from chassis.mongo import connect, database, make_indexes
from pymongo import ASCENDING, DESCENDING, IndexModel


async def test_an_index_of_an_earlier_version_gives_way(
    mongodb_uri: str, database_name: str
) -> None:
    client = connect(mongodb_uri)
    db = database(client, database_name)
    try:
        earlier = [
            IndexModel([("owner", ASCENDING)], name="owner"),
            IndexModel([("at", DESCENDING)], name="newest"),
            IndexModel([("kind", ASCENDING)], name="kind"),
        ]
        await make_indexes(db, {"deals": earlier})
        today = [
            IndexModel([("owner", ASCENDING), ("at", DESCENDING)], name="owner"),
            IndexModel([("at", DESCENDING)], name="latest"),
            IndexModel([("kind", ASCENDING)], name="kind"),
        ]
        await make_indexes(db, {"deals": today})
        found = await db["deals"].index_information()
        keys = {name: list(there["key"]) for name, there in found.items()}
        assert keys == {
            "_id_": [("_id", 1)],
            "owner": [("owner", 1), ("at", -1)],
            "latest": [("at", -1)],
            "kind": [("kind", 1)],
        }
    finally:
        await client.drop_database(database_name)
        await client.close()
