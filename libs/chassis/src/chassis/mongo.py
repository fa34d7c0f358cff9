"""The only door to the driver besides a service's `store`: client, codecs, kinds of failure."""

import contextlib
from decimal import Decimal
from typing import Any

import structlog
from bson.codec_options import CodecOptions, TypeCodec, TypeRegistry
from bson.decimal128 import Decimal128
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

_log = structlog.get_logger()

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

READ_MAJORITY = ReadConcern("majority")
DURABLE = WriteConcern(w="majority", j=True)
OPERATION_SECONDS = 5.0


class _DecimalCodec(TypeCodec):
    """Amounts are decimals on both sides."""

    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Any) -> Decimal128:
        return Decimal128(value)

    def transform_bson(self, value: Any) -> Decimal:
        decimal: Decimal = value.to_decimal()
        return decimal


CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True, type_registry=TypeRegistry([_DecimalCodec()])
)


def connect(uri: str) -> Client:
    """A client whose reads see only what a majority keeps and whose writes are durable."""
    return AsyncMongoClient(
        uri,
        tz_aware=True,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        serverSelectionTimeoutMS=int(OPERATION_SECONDS * 1000),
        maxPoolSize=64,
        appname="tianlong",
    )


def database(client: Client, name: str) -> Database:
    return client.get_database(
        name, codec_options=CODEC, read_concern=READ_MAJORITY, write_concern=DURABLE
    )


_INDEX_CONFLICTS = frozenset({85, 86})


async def make_indexes(db: Database, indexes: dict[str, list[IndexModel]]) -> None:
    """Create the collections and their indexes, where they are missing."""
    there = set(await db.list_collection_names())
    for name, models in indexes.items():
        if name not in there:
            try:
                await db.create_collection(name)
            except OperationFailure as error:
                if error.code != 48:  # another process was faster
                    raise
        if models:
            await _make_indexes_of(db[name], models)


async def _make_indexes_of(collection: Collection, models: list[IndexModel]) -> None:
    """Those that an earlier version made otherwise give way to today's."""
    try:
        await collection.create_indexes(models)
    except OperationFailure as error:
        if error.code not in _INDEX_CONFLICTS:
            raise
        wanted = {model.document["name"]: dict(model.document["key"]) for model in models}
        for name, there in (await collection.index_information()).items():
            keys = dict(there["key"])
            if name in wanted or keys in wanted.values():
                if name == "_id_" or wanted.get(name) == keys:
                    continue
                _log.info("index.given_up", collection=collection.name, index=name)
                with contextlib.suppress(OperationFailure):  # another process was faster
                    await collection.drop_index(name)
        await collection.create_indexes(models)


_TRANSIENT = (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)


def is_transient(error: BaseException) -> bool:
    """Whether MongoDB was the trouble, not the message or the command: try again later."""
    if isinstance(error, _TRANSIENT):
        return True
    if isinstance(error, PyMongoError):
        return (
            error.timeout
            or error.has_error_label("TransientTransactionError")
            or error.has_error_label("RetryableWriteError")
            or error.has_error_label("UnknownTransactionCommitResult")
        )
    return False
