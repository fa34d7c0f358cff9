"""The matrices that come with the service (`data/defaults.json`, version 1), and the later ones."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from chassis.mongo import Database, Document
from chassis.store import Stored
from pymongo import ASCENDING, DESCENDING, IndexModel

from pipeline.approval_matrices.model import OTHER, ApprovalMatrix, Matrix

APPROVAL_MATRICES = Stored(
    ApprovalMatrix,
    "approval_matrices",
    indexes=[IndexModel([("kind", ASCENDING), ("edition", DESCENDING)], name="kind", unique=True)],
)
SINCE_EVER = date(1900, 1, 1)
_NEWEST = [("effective_from", DESCENDING), ("edition", DESCENDING)]


@cache
def defaults() -> dict[str, Matrix]:
    """By kind."""
    raw = files("pipeline.approval_matrices").joinpath("data", "defaults.json").read_bytes()
    told: list[dict[str, Any]] = msgspec.json.decode(raw)
    first = {"version": 1, "effective_from": SINCE_EVER.isoformat()}
    return {one["kind"]: matrix_of(one | first) for one in told}


def matrix_of(definition: Document) -> Matrix:
    return msgspec.convert(definition, Matrix, strict=False)


def definition_of(matrix: Matrix) -> Document:
    definition: Document = msgspec.to_builtins(matrix)
    return definition


async def matrix_for(db: Database, kind: str, on: date) -> Matrix:
    """The one in effect that day: of the kind, else of all others."""
    for wanted in (kind, OTHER):
        in_effect = {"kind": wanted, "effective_from": {"$lte": on.isoformat()}}
        found = await db[APPROVAL_MATRICES.collection].find_one(in_effect, sort=_NEWEST)
        if found is not None:
            return matrix_of(found["definition"])
        if wanted in defaults():
            return defaults()[wanted]
    raise LookupError(f"no default matrix for {OTHER}")


async def newest_version(db: Database, kind: str) -> int:
    """The highest version there is of a kind, published or default; 0 for none."""
    found = await db[APPROVAL_MATRICES.collection].find_one({"kind": kind}, sort=[_NEWEST[1]])
    return found["edition"] if found is not None else int(kind in defaults())
