"""JSON Schemas of everything published, generated: `python -m contracts.schemas`.

One file per event type, one for the headers, one for watermarks. Readers elsewhere validate with
them, so they are committed, and `--check` fails where they are not what the code says. `--release`
keeps today's schemas for ever under `published/`, where later ones are compared with them.
"""

import hashlib
import inspect
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from contracts import customers, envelope, field, insights, pipeline
from contracts.envelope import BY_NAME, EventType

PUBLISHERS = (customers, pipeline, field, insights)
ROOT = Path(__file__).parents[2]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REMEDY = "run `make schemas` and commit the result"
PUBLISHED, EXAMPLES, SCHEMAS = "published", "examples", "schemas"
CHECKSUMS = "checksums.json"
DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"

Schema = dict[str, Any]


class Watermark(msgspec.Struct, frozen=True, kw_only=True):
    """Everything recorded before `T` lies before these offsets, by partition."""

    T: datetime
    offsets: dict[str, int]
    epoch: int


def event_types() -> list[EventType]:
    """Every published event type, by name."""
    return sorted(
        (one for one in BY_NAME.values() if one.payload.__module__.startswith("contracts.")),
        key=lambda one: one.name,
    )


def schema_of(event_type: EventType) -> Schema:
    """The JSON Schema of a payload. Fields that it does not name are allowed: they are newer."""
    schema = _described(event_type.payload, f"/schemas/{event_type.name}.json", event_type.name)
    return schema | {
        "x-topic": event_type.topic,
        "x-aggregate": event_type.aggregate,
    }


def headers_schema() -> Schema:
    """The Kafka headers of every event: CloudEvents 1.0 in binary mode, values in UTF-8."""
    moment = {"format": "date-time"}
    shapes: dict[str, Schema] = {
        envelope.CE_ID: {"pattern": r"^[a-z_]+:.+:[1-9][0-9]*$"},
        envelope.CE_SOURCE: {"pattern": r"^/tianlong/[a-z]+$"},
        envelope.CE_TYPE: {"pattern": r"^tianlong\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$"},
        envelope.CE_SPECVERSION: {"const": envelope.SPEC_VERSION},
        envelope.CE_SEQUENCE: {"pattern": "^[1-9][0-9]*$"},
        envelope.CE_TIME: moment,
        envelope.CE_OCCURRED_AT: moment,
        envelope.CONTENT_TYPE_HEADER: {"const": envelope.CONTENT_TYPE},
    }
    return {
        "$schema": DIALECT,
        "$id": "/schemas/headers.json",
        "title": "headers",
        "description": inspect.getdoc(headers_schema),
        "type": "object",
        "properties": {
            name: {"type": "string", "description": text} | shapes.get(name, {})
            for name, text in envelope.HEADERS.items()
        },
        "required": [
            envelope.CE_ID,
            envelope.CE_SOURCE,
            envelope.CE_TYPE,
            envelope.CE_SUBJECT,
            envelope.CE_TIME,
            envelope.CE_SPECVERSION,
            envelope.CE_SEQUENCE,
            envelope.CE_OCCURRED_AT,
            envelope.CE_RIGHTS_OF,
            envelope.CONTENT_TYPE_HEADER,
        ],
    }


def watermark_schema() -> Schema:
    return _described(Watermark, "/schemas/watermark.json", "watermark")


def documents() -> dict[str, bytes]:
    """File name → content of every schema."""
    schemas = {f"{one.name}.json": schema_of(one) for one in event_types()}
    schemas |= {"headers.json": headers_schema(), "watermark.json": watermark_schema()}
    return {name: as_written(schema) for name, schema in schemas.items()}


def as_written(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def stale(folder: Path, wanted: dict[str, bytes]) -> list[str]:
    """What in `folder` is not as it should be: missing, different, or left over."""
    there = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    return sorted(
        [f"{name} is missing" for name in wanted.keys() - there.keys()]
        + [f"{name} describes nothing any more" for name in there.keys() - wanted.keys()]
        + [
            f"{name} is out of date"
            for name in wanted.keys() & there.keys()
            if wanted[name] != there[name]
        ]
    )


def write(folder: Path, wanted: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (folder / name).write_bytes(content)


def release(root: Path, version: str) -> None:
    """Keep today's schemas as those of `version`, and note what may never change from now on."""
    folder = root / PUBLISHED / version
    if not folder.exists():
        write(folder, documents())
    kept = root / PUBLISHED / CHECKSUMS
    noted = msgspec.json.decode(kept.read_bytes()) if kept.exists() else {}
    kept.write_bytes(as_written(dict(sorted({**checksums(root), **noted}.items()))))


def checksums(root: Path) -> dict[str, str]:
    """Path → SHA-256 of everything that is append-only."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _append_only(root)
    }


def _append_only(root: Path) -> Iterator[Path]:
    yield from sorted((root / EXAMPLES).glob("*/*.json"))
    yield from sorted((root / PUBLISHED).glob("*/*.json"))


def _described(payload: type[Any], identifier: str, title: str) -> Schema:
    (reference,), parts = msgspec.json.schema_components([payload], ref_template="#/$defs/{name}")
    for struct in _structs(msgspec.inspect.type_info(payload)):
        _tell_moments(parts[struct.cls.__name__], struct)
    own = _tidied(parts.pop(reference["$ref"].rsplit("/", 1)[1]))
    own.pop("description", None)
    schema: Schema = {"$schema": DIALECT, "$id": identifier, **own, "title": title}
    if payload.__doc__:
        schema["description"] = inspect.cleandoc(payload.__doc__)
    if parts:
        schema["$defs"] = {name: _tidied(part) for name, part in sorted(parts.items())}
    return schema


def _structs(found: Any) -> Iterator[msgspec.inspect.StructType]:
    """Every struct that a type is made of, itself first."""
    if isinstance(found, msgspec.inspect.StructType):
        yield found
        for one in found.fields:
            yield from _structs(one.type)
    elif isinstance(found, msgspec.inspect.UnionType):
        for member in found.types:
            yield from _structs(member)
    elif isinstance(found, msgspec.inspect.CollectionType):
        yield from _structs(found.item_type)


def _tell_moments(part: Schema, struct: msgspec.inspect.StructType) -> None:
    """Name the format of moments: ours are always aware, which msgspec cannot know."""
    for one in struct.fields:
        shape = part["properties"][one.encode_name]
        if isinstance(one.type, msgspec.inspect.DateTimeType):
            shape["format"] = "date-time"
        elif isinstance(one.type, msgspec.inspect.UnionType) and any(
            isinstance(member, msgspec.inspect.DateTimeType) for member in one.type.types
        ):
            for member in shape["anyOf"]:
                if member["type"] == "string":
                    member["format"] = "date-time"


def _tidied(part: Schema) -> Schema:
    """Docstrings without their indent, decimals with their pattern."""
    if "description" in part:
        part = part | {"description": inspect.cleandoc(part["description"])}
    for shape in part.get("properties", {}).values():
        for one in (shape, *shape.get("anyOf", ())):
            if one.get("format") == "decimal":
                one["pattern"] = DECIMAL
    return part


def _version() -> str:
    text = (ROOT / "pyproject.toml").read_text()
    found = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise ValueError("pyproject.toml has no version")
    return found[1]


def main(arguments: list[str]) -> int:
    folder = ROOT / SCHEMAS
    if "--check" in arguments:
        wrong = stale(folder, documents())
        for line in wrong:
            sys.stderr.write(f"libs/contracts/schemas: {line}; {REMEDY}\n")
        return 1 if wrong else 0
    write(folder, documents())
    if "--release" in arguments:
        release(ROOT, _version())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
