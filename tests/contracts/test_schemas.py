"""The published schemas are what the code says; a reader of ours and one of theirs agree."""

from pathlib import Path

import msgspec
import pytest
from contracts.schemas import (
    REMEDY,
    ROOT,
    SCHEMAS,
    documents,
    event_types,
    schema_of,
    stale,
    write,
)
from jsonschema import Draft202012Validator


def test_published_schemas_are_fresh() -> None:
    wrong = stale(ROOT / SCHEMAS, documents())
    assert not wrong, f"{wrong}: {REMEDY}"


def test_every_schema_is_valid_json_schema() -> None:
    for content in documents().values():
        Draft202012Validator.check_schema(msgspec.json.decode(content))


def test_every_schema_says_where_its_events_are_found() -> None:
    for event_type in event_types():
        schema = schema_of(event_type)
        assert schema["$id"] == f"/schemas/{event_type.name}.json"
        assert schema["x-topic"] == f"{event_type.publisher}.events.v1"


def test_no_schema_forbids_fields_that_a_newer_publisher_adds() -> None:
    for name, content in documents().items():
        assert b'"additionalProperties": false' not in content, name


@pytest.mark.parametrize("broken", ["changed", "removed", "added"])
def test_a_schema_that_is_not_what_the_code_says_is_noticed(tmp_path: Path, broken: str) -> None:
    wanted = documents()
    write(tmp_path, wanted)
    assert stale(tmp_path, wanted) == []
    name = "tianlong.opportunity.won.v1.json"
    match broken:
        case "changed":
            (tmp_path / name).write_bytes(wanted[name].replace(b"closed_on", b"closed_at"))
        case "removed":
            (tmp_path / name).unlink()
        case "added":
            name = "tianlong.opportunity.forgotten.v1.json"
            (tmp_path / name).write_bytes(b"{}")
    assert [line.split()[0] for line in stale(tmp_path, wanted)] == [name]
