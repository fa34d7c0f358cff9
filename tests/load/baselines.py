"""What the bare parts can do on this machine, now: the other half of every ratio.

Nothing of the product is used here; each baseline is the least code that does the same job
without any of its promises.
"""

import asyncio
import multiprocessing
import socket
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiokafka
import msgspec
import uvicorn
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from bson.raw_bson import RawBSONDocument
from fastapi import FastAPI
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession

from tests.load.client import Connection, Measured, expecting, in_flight

Document = dict[str, Any]


@asynccontextmanager
async def scratch(uri: str) -> AsyncIterator[tuple[AsyncMongoClient[Document], str]]:
    """A durable client and the name of a database that is dropped afterwards."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(uri, w="majority", journal=True)
    name = f"bare-{uuid.uuid4().hex[:8]}"
    try:
        yield client, name
    finally:
        await client.drop_database(name)
        await client.close()


async def two_document_transactions(uri: str, count: int, at_once: int) -> float:
    """Commands per second, one durable transaction of two documents each."""
    async with scratch(uri) as (client, name):
        db = client[name]
        for collection in ("records", "events"):
            await db.create_collection(collection)
        numbers = iter(range(count))

        async def worker() -> None:
            for number in numbers:

                async def write(session: AsyncClientSession, number: int = number) -> None:
                    record = {"_id": number, "text": "x" * 300}
                    await db["records"].insert_one(record, session=session)
                    event = {"_id": number, "text": "x" * 700}
                    await db["events"].insert_one(event, session=session)

                async with client.start_session() as session:
                    await session.with_transaction(write)

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(at_once)))
        return count / (time.perf_counter() - began)


async def grouped_commits(uri: str, count: int, group: int) -> float:
    """Commands per second when `group` of them share each two-collection transaction."""
    async with scratch(uri) as (client, name):
        db = client[name]
        for collection in ("records", "events"):
            await db.create_collection(collection)
        began = time.perf_counter()
        for start in range(0, count, group):

            async def write(session: AsyncClientSession, start: int = start) -> None:
                numbers = range(start, min(start + group, count))
                records = [{"_id": n, "text": "x" * 300} for n in numbers]
                await db["records"].insert_many(records, session=session)
                events = [{"_id": n, "text": "x" * 700} for n in numbers]
                await db["events"].insert_many(events, session=session)

            async with client.start_session() as session:
                await session.with_transaction(write)
        return count / (time.perf_counter() - began)


async def bulk_insert(uri: str, databases: Iterable[str]) -> tuple[float, int]:
    """Seconds to insert the documents of these databases again, in bulk; and how many."""
    async with scratch(uri) as (client, name):
        taken: dict[str, list[RawBSONDocument]] = {}
        raw: AsyncMongoClient[RawBSONDocument] = AsyncMongoClient(
            uri, document_class=RawBSONDocument
        )
        for database in databases:
            for collection in await raw[database].list_collection_names():
                documents = await raw[database][collection].find().to_list()
                taken[f"{database}-{collection}"] = documents
        await raw.close()
        began = time.perf_counter()
        for collection, documents in taken.items():
            for start in range(0, len(documents), 1000):
                batch: Any = documents[start : start + 1000]
                await client[name][collection].insert_many(batch, ordered=False)
        return time.perf_counter() - began, sum(len(found) for found in taken.values())


async def commit_kafka_commit(uri: str, bootstrap: str, count: int, per_second: float) -> Measured:
    """Seconds from a durable insert, over Kafka, to the consumer's own durable insert."""
    topic = f"bare-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 12, 1)])
    producer = aiokafka.AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True
    )
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await producer.start()
    await consumer.start()
    committed: dict[int, float] = {}
    each: list[float] = []
    try:
        async with scratch(uri) as (client, name):
            db = client[name]

            async def send(number: int) -> None:
                await db["log"].insert_one({"_id": number, "text": "x" * 700})
                committed[number] = time.perf_counter()
                await producer.send(topic, b"x" * 700, key=str(number).encode())

            async def receive() -> None:
                while len(each) < count:
                    batches = await consumer.getmany(timeout_ms=200)
                    numbers = [
                        int(record.key) for records in batches.values() for record in records
                    ]
                    if numbers:
                        await db["seen"].insert_many([{"_id": number} for number in numbers])
                        now = time.perf_counter()
                        each.extend(now - committed[number] for number in numbers)

            began = time.perf_counter()
            receiving = asyncio.create_task(receive())
            sending: list[asyncio.Task[None]] = []
            for number in range(count):
                await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
                sending.append(asyncio.create_task(send(number)))
            await asyncio.gather(*sending)
            async with asyncio.timeout(30):
                await receiving
            return Measured(time.perf_counter() - began, each)
    finally:
        await consumer.stop()
        await producer.stop()
        await admin.delete_topics([topic])
        await admin.close()


async def decode_loop(bootstrap: str, topic: str, partitions_of_it: int) -> tuple[float, int]:
    """Records per second read and decoded from the first to the last; and how many."""
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    decode = msgspec.json.Decoder().decode
    try:
        partitions = [aiokafka.TopicPartition(topic, number) for number in range(partitions_of_it)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = {partition for partition, end in ends.items() if end > 0}
        count = 0
        began = time.perf_counter()
        while left:
            batches = await consumer.getmany(timeout_ms=500, max_records=5000)
            for partition, records in batches.items():
                for record in records:
                    decode(record.value)
                count += len(records)
                if records[-1].offset + 1 >= ends[partition]:
                    left.discard(partition)
        return count / (time.perf_counter() - began), count
    finally:
        await consumer.stop()


def _serve_hello(port: int) -> None:
    app = FastAPI()

    @app.get("/")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    uvicorn.run(app, port=port, log_level="warning", access_log=False)


async def hello(count: int, at_once: int) -> float:
    """Requests per second of a FastAPI application with one worker that says hello."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=_serve_hello, args=(port,))
    server.start()
    connections = [Connection(f"http://127.0.0.1:{port}", {}) for _ in range(at_once)]
    try:
        await _answering(connections[0])

        async def say(connection: Connection) -> None:
            await expecting(connection, 200, "GET", "/")

        await in_flight([say] * (count // 10), connections)
        return (await in_flight([say] * count, connections)).per_second
    finally:
        for connection in connections:
            connection.close()
        server.terminate()
        server.join()


async def _answering(connection: Connection) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await connection.request("GET", "/")
                return
            except OSError:
                await asyncio.sleep(0.05)
