"""Every example ever published is read by today's code, and fits today's schema.

Examples are append-only: `published/checksums.json` notes those of released versions.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from contracts import envelope
from contracts.envelope import BY_NAME
from contracts.schemas import (
    CHECKSUMS,
    EXAMPLES,
    PUBLISHED,
    ROOT,
    checksums,
    event_types,
    headers_schema,
    schema_of,
)
from contracts.topics import LISTENERS
from jsonschema import Draft202012Validator

HEADERS = Draft202012Validator(headers_schema())


def unreadable(examples: Path) -> list[str]:
    """Examples that today's code or schema does not take, with who should know."""
    return [
        f"{path.parent.name}/{path.name}: {what}"
        for path in sorted(examples.glob("*/*.json"))
        for what in wrong_with(json.loads(path.read_bytes()), path.parent.name)
    ]


def wrong_with(example: dict[str, Any], name: str) -> list[str]:
    if name not in BY_NAME:
        return ["its event type is gone; events of it are in the log for ever"]
    event_type = BY_NAME[name]
    listeners = ", ".join(LISTENERS[event_type.publisher])
    wrong = [
        f"{error.json_path} {error.message} (listeners: {listeners})"
        for error in Draft202012Validator(schema_of(event_type)).iter_errors(example["value"])
    ]
    wrong += [f"header {error.message}" for error in HEADERS.iter_errors(example["headers"])]
    if example["headers"][envelope.CE_TYPE] != name:
        wrong.append("its ce_type is another one")
    try:
        event = msgspec.json.decode(json.dumps(example["value"]), type=event_type.payload)
    except msgspec.ValidationError as error:
        return [*wrong, f"today's code refuses it: {error} (listeners: {listeners})"]
    lost = lost_fields(example["value"], msgspec.to_builtins(event))
    return wrong + [f"today's code drops {field} (listeners: {listeners})" for field in lost]


def lost_fields(before: Any, after: Any, path: str = "") -> list[str]:
    """Fields that were published and are not read any more."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            lost
            for name, value in before.items()
            for lost in (
                lost_fields(value, after[name], f"{path}/{name}")
                if name in after
                else [f"{path}/{name}"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list):
        pairs = zip(before, after, strict=True)
        return [one for n, (x, y) in enumerate(pairs) for one in lost_fields(x, y, f"{path}/{n}")]
    return []


def rewritten(root: Path) -> list[str]:
    """What was released and is not there as it was."""
    released = json.loads((root / PUBLISHED / CHECKSUMS).read_bytes())
    today = checksums(root)
    return [path for path, checksum in released.items() if today.get(path) != checksum]


def test_every_published_example_still_parses() -> None:
    assert unreadable(ROOT / EXAMPLES) == []


def test_every_event_type_has_an_example() -> None:
    there = {path.parent.name for path in (ROOT / EXAMPLES).glob("*/*.json")}
    missing = [one.name for one in event_types() if one.name not in there]
    assert not missing, f"add libs/contracts/examples/<type>/1.json for {missing}"


def test_what_was_released_is_not_rewritten() -> None:
    wrong = rewritten(ROOT)
    assert not wrong, f"append-only; put back {wrong} and add a new example instead"


@pytest.mark.parametrize(
    ("field", "value"),
    [("closed_on", "soon"), ("closed_on", None), ("amount", {"amount": "much"}), ("gone", 1)],
)
def test_an_example_that_is_no_longer_read_is_caught(
    tmp_path: Path, field: str, value: Any
) -> None:
    path = planted(tmp_path)
    example = json.loads(path.read_bytes())
    example["value"][field] = value
    path.write_text(json.dumps(example))
    told = ", ".join(LISTENERS["pipeline"])
    assert any(f"listeners: {told}" in line for line in unreadable(tmp_path))


def test_an_example_with_broken_headers_is_caught(tmp_path: Path) -> None:
    path = planted(tmp_path)
    example = json.loads(path.read_bytes())
    del example["headers"][envelope.CE_RIGHTS_OF]
    path.write_text(json.dumps(example))
    assert len(unreadable(tmp_path)) == 1


def test_an_example_of_a_type_that_is_gone_is_caught(tmp_path: Path) -> None:
    path = planted(tmp_path)
    path.parent.rename(tmp_path / "tianlong.opportunity.forgotten.v1")
    assert "is gone" in unreadable(tmp_path)[0]


@pytest.mark.parametrize("change", ["rewritten", "removed"])
def test_a_rewritten_example_is_caught(tmp_path: Path, change: str) -> None:
    for folder in (EXAMPLES, PUBLISHED):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    assert rewritten(tmp_path) == []
    victim = tmp_path / EXAMPLES / "tianlong.opportunity.won.v1" / "1.json"
    if change == "removed":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes().replace(b"860000", b"960000"))
    assert rewritten(tmp_path) == ["examples/tianlong.opportunity.won.v1/1.json"]


def planted(folder: Path) -> Path:
    """A copy of one example."""
    name = "tianlong.opportunity.won.v1"
    (folder / name).mkdir()
    copied = folder / name / "1.json"
    shutil.copy(ROOT / EXAMPLES / name / "1.json", copied)
    return copied
