"""What was published is read for ever: old readers read new events, new readers read old ones.

Compared are the schemas of every released version, kept under `published/`, with today's. A
change that breaks a reader needs a new major version of the event type, published beside the old
one until everybody who listens has moved.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contracts.schemas import PUBLISHED, ROOT, SCHEMAS
from contracts.topics import LISTENERS
from jsoncompat import check_compat

Schema = dict[str, Any]


def broken(published: Path, today: Path) -> list[str]:
    """What cannot be read any more, with who listens and what to do."""
    found = []
    for old_path in sorted(published.glob("*/*.json")):
        new_path = today / old_path.name
        told = f"{old_path.parent.name}/{old_path.name}"
        if not new_path.exists():
            found.append(f"{told} is gone. {remedy(old_path.stem)}")
            continue
        old, new = shape(old_path), shape(new_path)
        if not check_compat(json.dumps(old), json.dumps(new), "serializer"):
            found.append(f"{told}: its readers cannot read today's. {remedy(old_path.stem)}")
        # Whoever wrote the old one wrote only the fields that it names.
        if not check_compat(json.dumps(closed(old)), json.dumps(new), "deserializer"):
            found.append(f"{told}: today's readers cannot read it. {remedy(old_path.stem)}")
    return found


def shape(path: Path) -> Schema:
    """A schema without its address, which the comparison would try to resolve."""
    schema: Schema = json.loads(path.read_bytes())
    del schema["$id"]
    return schema


def closed(schema: Schema) -> Schema:
    """The same, and no other fields."""
    schema = copy.deepcopy(schema)
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            part["additionalProperties"] = False
    return schema


def remedy(name: str) -> str:
    schema = json.loads((ROOT / PUBLISHED / "0.1.0" / f"{name}.json").read_bytes())
    publisher = schema.get("x-topic", "every").split(".")[0]
    listeners = ", ".join(LISTENERS.get(publisher, LISTENERS))
    return (
        f"Give it a new major version, published beside this one; {listeners} listen: they are "
        f"deployed first, {publisher} after them."
    )


def test_whatever_was_published_can_be_read_by_old_and_new() -> None:
    assert broken(ROOT / PUBLISHED, ROOT / SCHEMAS) == []


def a_field_is_required(schema: Schema) -> None:
    schema["properties"]["approved_by"] = {"type": "string"}
    schema["required"].append("approved_by")


def a_field_is_renamed(schema: Schema) -> None:
    schema["properties"]["closed_at"] = schema["properties"].pop("closed_on")
    schema["required"].remove("closed_on")


def a_type_is_changed(schema: Schema) -> None:
    schema["properties"]["closed_on"] = {"type": "integer"}


def a_required_field_may_be_missing(schema: Schema) -> None:
    schema["required"].remove("closed_on")


def a_field_may_be_nothing(schema: Schema) -> None:
    schema["properties"]["closed_on"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def an_inner_field_is_gone(schema: Schema) -> None:
    money = schema["$defs"]["Money"]
    del money["properties"]["currency"]
    money["required"].remove("currency")


@pytest.mark.parametrize(
    "breaks",
    [
        a_field_is_required,
        a_field_is_renamed,
        a_type_is_changed,
        a_required_field_may_be_missing,
        a_field_may_be_nothing,
        an_inner_field_is_gone,
    ],
)
def test_a_planted_break_is_caught(tmp_path: Path, breaks: Callable[[Schema], None]) -> None:
    name = "tianlong.opportunity.won.v1.json"
    published, today = planted(tmp_path, name)
    assert broken(published, today) == []
    schema = json.loads((today / name).read_bytes())
    breaks(schema)
    (today / name).write_text(json.dumps(schema))
    found = broken(published, today)
    assert found
    assert "insights" in found[0]
    assert "major version" in found[0]


def test_an_event_type_that_is_gone_is_caught(tmp_path: Path) -> None:
    name = "tianlong.opportunity.won.v1.json"
    published, today = planted(tmp_path, name)
    (today / name).unlink()
    assert "is gone" in broken(published, today)[0]


def test_a_new_optional_field_is_welcome(tmp_path: Path) -> None:
    name = "tianlong.opportunity.won.v1.json"
    published, today = planted(tmp_path, name)
    schema = json.loads((today / name).read_bytes())
    schema["properties"]["margin"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    (today / name).write_text(json.dumps(schema))
    assert broken(published, today) == []


def planted(folder: Path, name: str) -> tuple[Path, Path]:
    """Copies of one event type as published and as of today."""
    published, today = folder / "published", folder / "schemas"
    (published / "0.1.0").mkdir(parents=True)
    today.mkdir()
    content = (ROOT / SCHEMAS / name).read_bytes()
    (published / "0.1.0" / name).write_bytes(content)
    (today / name).write_bytes(content)
    return published, today
