"""Documents ↔ aggregates: where a kind of aggregate lives, and how it is written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from pymongo import IndexModel

from chassis.facts import Aggregate
from chassis.mongo import Document

A = TypeVar("A", bound=Aggregate)
KEPT_AS_THEY_ARE = (datetime, Decimal, bytes)


@dataclass(frozen=True)
class Stored(Generic[A]):
    """One kind of aggregate and its collection.

    The default codec writes the dataclass field by field: ids as `_id`, decimals as Decimal128,
    local dates as ISO strings, moments as dates; `encode` and `decode` replace it.
    """

    cls: type[A]
    collection: str
    indexes: Sequence[IndexModel] = ()
    encode: Callable[[A], Document] | None = None
    decode: Callable[[Document], A] | None = None

    def document(self, aggregate: A) -> Document:
        if self.encode is not None:
            return self.encode(aggregate)
        return plain_document(aggregate)

    def aggregate(self, document: Document) -> A:
        if self.decode is not None:
            return self.decode(document)
        return from_plain_document(self.cls, document)


def plain_document(aggregate: Aggregate) -> Document:
    recorded, aggregate.recorded = aggregate.recorded, []
    try:
        document: Document = msgspec.to_builtins(aggregate, builtin_types=KEPT_AS_THEY_ARE)
    finally:
        aggregate.recorded = recorded
    del document["recorded"]
    document["_id"] = document.pop("id")
    return document


def from_plain_document(cls: type[A], document: Document) -> A:
    return msgspec.convert(_named(document), cls, builtin_types=KEPT_AS_THEY_ARE)


def _named(document: Document) -> dict[str, Any]:
    named = dict(document)
    named["id"] = named.pop("_id")
    return named
