"""A real MongoDB: one node of a replica set, so that transactions and change streams work."""

import contextlib
import importlib.util
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from tianlong.errors import MissingPrerequisite

REPLICA_SET = "rs0"


def mongod() -> Path:
    """The program that the wheel brings."""
    package = importlib.util.find_spec("fiftyone")
    for location in (package.submodule_search_locations or []) if package else []:
        program = Path(location) / "db" / "bin" / "mongod"
        if program.is_file():
            return program
    raise MissingPrerequisite(
        "MongoDB's program is not installed; run `make setup`, or give the address of a "
        "replica set of your own in TIANLONG_MONGODB_URI."
    )


def command(folder: Path, port: int) -> list[str]:
    """How it is started; its cache would take half of the memory without a limit."""
    return [
        str(mongod()),
        *("--dbpath", str(folder / "data")),
        *("--bind_ip", "127.0.0.1"),
        *("--port", str(port)),
        *("--replSet", REPLICA_SET),
        *("--wiredTigerCacheSizeGB", "0.25"),
        *("--oplogSize", "512"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # Memory that was needed once (by an import, say) goes back to the machine.
        *("--setParameter", "tcmallocReleaseRate=10"),
        "--nounixsocket",
        "--quiet",
    ]


def uri(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def is_primary(port: int) -> bool:
    """Whether it takes writes; makes it the only member of its replica set where it is not yet."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        f"mongodb://127.0.0.1:{port}/",
        directConnection=True,
        serverSelectionTimeoutMS=200,
        connectTimeoutMS=1000,
        socketTimeoutMS=5000,
    )
    try:
        hello = client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return True
        _form_replica_set(client, port)
    except PyMongoError:
        return False
    finally:
        client.close()
    return False


def _form_replica_set(client: MongoClient[dict[str, Any]], port: int) -> None:
    """Initiate the set, or move it when the data was last served on another port."""
    address = f"127.0.0.1:{port}"
    kept = client.local["system.replset"].find_one()
    if kept is None:
        members = [{"_id": 0, "host": address}]
        with contextlib.suppress(OperationFailure):
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    elif kept["members"][0]["host"] != address:
        kept["members"][0]["host"] = address
        kept["version"] += 1
        client.admin.command("replSetReconfig", kept, force=True)
