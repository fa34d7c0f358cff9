"""Import jobs: a file, a kind, a saved mapping; carried out in the background, row by row.

`kinds` is what a service says about its files, `fields` how a cell becomes a value, `files` how a
file is read, `mappings` how columns become fields, `jobs` what is kept, `worker` who does it,
`run` how, `api` the door.

A service says `router(KINDS)` among its routers, `ImportWorker(KINDS, core)` among its parts and
`INDEXES` among its indexes.
"""

from chassis.imports.api import router
from chassis.imports.fields import (
    CellRefused,
    ImportField,
    amount,
    choice,
    day,
    decimal,
    text,
    whole,
)
from chassis.imports.jobs import INDEXES
from chassis.imports.kinds import ImportContext, ImportKind, ImportOutcome, Row
from chassis.imports.worker import ImportWorker

__all__ = [
    "INDEXES",
    "CellRefused",
    "ImportContext",
    "ImportField",
    "ImportKind",
    "ImportOutcome",
    "ImportWorker",
    "Row",
    "amount",
    "choice",
    "day",
    "decimal",
    "router",
    "text",
    "whole",
]
