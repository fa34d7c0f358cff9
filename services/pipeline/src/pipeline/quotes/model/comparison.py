"""Two revisions of a quote side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from pipeline.pricing.model import PaperLine
from pipeline.quotes.model.offer import Offer, changed_in


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`kind`: added, removed or changed (then `changed` names the fields)."""

    kind: str
    before: PaperLine | None = None
    after: PaperLine | None = None
    changed: list[str]


def compare(before: Offer, after: Offer) -> tuple[list[str], list[Difference]]:
    """The fields of the offer that differ, and the lines that do, in order."""
    return changed_in(before, after), _lines(before.lines, after.lines)


def _lines(before: Sequence[PaperLine], after: Sequence[PaperLine]) -> list[Difference]:
    """A line is the same one as the first left over with its product, or its name."""
    left = list(before)
    found: list[Difference] = []
    for line in after:
        same = next((one for one in left if _what(one) == _what(line)), None)
        if same is None:
            found.append(Difference(kind="added", after=line, changed=[]))
            continue
        left.remove(same)
        changed = _changed(same, line)
        if changed:
            found.append(Difference(kind="changed", before=same, after=line, changed=changed))
    return found + [Difference(kind="removed", before=line, changed=[]) for line in left]


def _what(line: PaperLine) -> str:
    return line.product_id or f"named:{line.name}"


def _changed(before: PaperLine, after: PaperLine) -> list[str]:
    values: list[tuple[str, Any, Any]] = [
        (each.name, getattr(before, each.name), getattr(after, each.name))
        for each in fields(PaperLine)
    ]
    return [name for name, was, is_now in values if was != is_now]
