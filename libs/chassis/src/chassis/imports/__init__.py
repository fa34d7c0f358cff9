"""Import jobs: a file, a kind, a saved mapping; carried out in the background, row by row.

`kinds` is what a service says about its files, `fields` how a cell becomes a value, `files` how a
file is read, `mappings` how columns become fields, `jobs` what is kept, `worker` who does it,
`api` the door.
"""

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
from chassis.imports.kinds import ImportContext, ImportKind, ImportOutcome, Row
from chassis.imports.worker import ImportWorker

__all__ = [
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
    "text",
    "whole",
]
