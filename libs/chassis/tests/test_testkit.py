"""The backends that every other test stands on."""

from aiokafka.admin import AIOKafkaAdminClient
from pymongo import AsyncMongoClient


async def test_the_database_takes_transactions(mongodb_uri: str, database_name: str) -> None:
    async with AsyncMongoClient(mongodb_uri) as client, client.start_session() as session:
        collection = client[database_name]["things"]
        async with await session.start_transaction():
            await collection.insert_one({"_id": 1}, session=session)
        assert await collection.count_documents({}) == 1


async def test_the_broker_answers(kafka_bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        assert (await admin.describe_cluster())["brokers"]
    finally:
        await admin.close()
