"""MongoDB and Kafka as tests and the supervisor use them: started, killed, started again."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient
from tianlong.backends import Backend, start_kafka, start_mongodb
from tianlong.processes import Identity, wait_until

START_AND_WAIT = """
import sys
from pathlib import Path
from tianlong.backends import start_mongodb
start_mongodb(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    backend = start_mongodb(tmp_path_factory.mktemp("mongodb"))
    yield backend
    backend.stop()


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    backend = start_kafka(tmp_path_factory.mktemp("kafka"))
    yield backend
    backend.stop()


async def test_mongodb_takes_transactions_and_keeps_them_over_a_kill(mongodb: Backend) -> None:
    uri = mongodb.uri
    async with AsyncMongoClient[dict[str, object]](uri) as client:
        things = client.get_database("kept").get_collection("things")

        async def put(session: object) -> None:
            await things.insert_one({"_id": 1}, session=session)  # type: ignore[arg-type]
            await things.insert_one({"_id": 2}, session=session)  # type: ignore[arg-type]

        async with client.start_session() as session:
            await session.with_transaction(put)
    mongodb.kill()
    assert not mongodb.is_alive
    mongodb.restart()
    assert mongodb.uri == uri
    async with AsyncMongoClient[dict[str, object]](uri) as client:
        assert await client.get_database("kept").get_collection("things").count_documents({}) == 2


async def test_kafka_keeps_what_it_acknowledged_over_a_kill(kafka: Backend) -> None:
    bootstrap = kafka.bootstrap
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        for number in range(100):
            await producer.send_and_wait("kept", str(number).encode())
    kafka.kill()
    kafka.restart()
    assert kafka.bootstrap == bootstrap
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([TopicPartition("kept", 0)])
        await consumer.seek_to_beginning()
        read = [int((await consumer.getone()).value or b"") for _ in range(100)]
    assert read == [*range(100)]


def test_a_start_ends_what_is_left_on_its_folder_and_keeps_the_port(tmp_path: Path) -> None:
    first = start_mongodb(tmp_path)
    second = start_mongodb(tmp_path)
    try:
        assert not first.is_alive
        assert second.uri == first.uri
    finally:
        second.stop()
    second.stop()


def test_a_bound_backend_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"ready\n"
    started = Identity.load(tmp_path / "process.json")
    assert started is not None
    assert started.is_alive
    starter.kill()
    starter.communicate()
    assert wait_until(lambda: not started.is_alive, 10)
