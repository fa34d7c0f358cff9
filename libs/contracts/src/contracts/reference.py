"""`docs/events.md`, generated: every event for a reader, with its topic, fields and listeners."""

import sys
from pathlib import Path
from typing import Any

from contracts.schemas import REMEDY, ROOT, Schema, event_types, headers_schema, schema_of
from contracts.topics import LISTENERS, PARTITIONS, TOPICS

PATH = ROOT.parents[1] / "docs" / "events.md"
OPENING = f"""# Events

Generated from `libs/contracts` by `make schemas`. The JSON Schema of each type is
`libs/contracts/schemas/<type>.json`, an example `libs/contracts/examples/<type>/1.json`.

Each publisher has one topic, `<service>.events.v1` ({PARTITIONS} partitions, kept for ever). A
message is a CloudEvent 1.0 in Kafka's binary mode: attributes are headers, the value is the JSON
payload. What a reader can rely on:

- every event arrives at least once, with the same `ce_id` each time: drop what you have seen;
- events of one aggregate carry a dense `ce_sequence` from 1. After a failed send, n+1 may stand
  before n and stands there again after it: the sequence decides, not the place in the log;
- the key is fixed when an aggregate is born (the customer's id where there is one, else its own),
  so an aggregate's events lie in one partition. There is no order between aggregates;
- new types, fields and values of enumerations appear at any time: ignore what you do not know;
- `ce_logepoch` grows when the log is begun anew after a restore: discard and read from the start;
- beside each topic `<service>.watermarks.v1` (compacted) says `{{T, offsets, epoch}}`: everything
  recorded before `T` lies before these offsets. Absence can be judged only from that.
"""


def reference() -> str:
    parts = [OPENING, _topics(), _headers()]
    for publisher in LISTENERS:
        parts.append(f"## {publisher}\n\nListeners: {', '.join(LISTENERS[publisher])}.\n")
        parts.extend(
            _event(schema_of(one), one.name) for one in event_types() if one.publisher == publisher
        )
    return "\n".join(parts)


def _topics() -> str:
    lines = [
        "## Topics",
        "",
        "| topic | owner | listeners | partitions | kept |",
        "|---|---|---|---|---|",
    ]
    for topic in TOPICS.values():
        kept = "the latest" if topic.config["cleanup.policy"] == "compact" else "for ever"
        listeners = ", ".join(topic.listeners) or "people, by `tianlong dead-letters`"
        lines.append(
            f"| `{topic.name}` | {topic.owner} | {listeners} | {topic.partitions} | {kept} |"
        )
    return "\n".join(lines) + "\n"


def _headers() -> str:
    schema = headers_schema()
    lines = ["## Headers", "", "| header | what it says | always |", "|---|---|---|"]
    for name, shape in schema["properties"].items():
        always = "yes" if name in schema["required"] else ""
        told = shape["description"].replace("<", "&lt;")
        lines.append(f"| `{name}` | {told} | {always} |")
    return "\n".join(lines) + "\n"


def _event(schema: Schema, name: str) -> str:
    lines = [f"### {name}", ""]
    if "description" in schema:
        lines += [schema["description"], ""]
    lines += ["| field | type | always |", "|---|---|---|"]
    lines += _fields(schema, schema.get("$defs", {}), "", frozenset())
    return "\n".join(lines) + "\n"


def _fields(schema: Schema, parts: Schema, path: str, seen: frozenset[str]) -> list[str]:
    """One line per field; those of inner objects below, with their path."""
    lines = []
    for name, shape in schema["properties"].items():
        always = "yes" if name in schema.get("required", ()) else ""
        lines.append(f"| `{path}{name}` | {_type(shape)} | {always} |")
        inner = _reference(shape)
        if inner and inner != "Money" and inner not in seen:
            ending = "[]." if shape.get("type") == "array" else "."
            lines += _fields(parts[inner], parts, f"{path}{name}{ending}", seen | {inner})
    return lines


def _type(shape: Schema) -> str:
    if "anyOf" in shape:
        return " or ".join(_type(one) for one in shape["anyOf"])
    if "$ref" in shape:
        return str(_reference(shape))
    if shape.get("type") == "array":
        return f"list of {_type(shape['items'])}"
    named: Any = shape.get("format") or shape.get("type") or "anything"
    return "nothing" if named == "null" else str(named)


def _reference(shape: Schema) -> str | None:
    for one in (shape, shape.get("items", {}), *shape.get("anyOf", ())):
        if "$ref" in one:
            return str(one["$ref"]).rsplit("/", 1)[1]
    return None


def main(arguments: list[str], path: Path = PATH) -> int:
    wanted = reference()
    if "--check" not in arguments:
        path.write_text(wanted)
        return 0
    if path.exists() and path.read_text() == wanted:
        return 0
    sys.stderr.write(f"docs/events.md is out of date; {REMEDY}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
