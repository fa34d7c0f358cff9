"""Who answers for what: one table from the first word of a path to the service behind it.

The gateway's own words are not here: they are FastAPI routes of this process.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed

from gateway.rights import READ_ACTIONS

PREFIX = "/api/v1/"

COLLECTIONS: dict[str, str] = {
    "customers": "customers",
    "contacts": "customers",
    "products": "pipeline",
    "tax-rates": "pipeline",
    "quotes": "pipeline",
    "tenders": "pipeline",
    "hand-overs": "pipeline",
    "outcome-reviews": "pipeline",
    "product-lines": "pipeline",
    "cost-inquiries": "pipeline",
    "price-lists": "pipeline",
    "agreed-prices": "pipeline",
    "selling-entities": "pipeline",
    "exchange-rates": "pipeline",
    "process-templates": "pipeline",
    "stage-playbooks": "pipeline",
    "cases": "pipeline",
    "opportunities": "pipeline",
    "team-requests": "pipeline",
    "funnel": "pipeline",
    "saved-views": "pipeline",
    "follow-ups": "pipeline",
    "funnel-reviews": "pipeline",
    "review-policy": "pipeline",
    "contracts": "pipeline",
    "requirement-changes": "pipeline",
    "orders": "pipeline",
    "payments": "pipeline",
    "approvals": "pipeline",
    "approval-matrices": "pipeline",
    "stand-ins": "pipeline",
    "leads": "pipeline",
    "lead-pool": "pipeline",
    "lead-forms": "pipeline",
    "lead-assignment-rules": "pipeline",
    "lead-policy": "pipeline",
    "registrations": "pipeline",
    "registration-policy": "pipeline",
    "payment-milestones": "pipeline",
    "receivables": "pipeline",
    "deductions": "pipeline",
    "invoices": "pipeline",
    "statements": "pipeline",
    "credit-positions": "pipeline",
    "temporary-credit-limits": "pipeline",
    "credit-policies": "pipeline",
    "staff": "field",
    "teams": "field",
    "visit-plans": "field",
    "working-calendar": "field",
    "leaves": "field",
    "tasks": "field",
    "visits": "field",
    "tiers": "insights",
    "alerts": "insights",
    "kpis": "insights",
}
# An import is carried out by the service that owns its kind.
IMPORT_KINDS: dict[str, str] = {
    "staff": "field",
    "customers": "customers",
    "products": "pipeline",
    "opportunities": "pipeline",
    "leads": "pipeline",
}
SERVICES = frozenset(COLLECTIONS.values())
OWN = frozenset(
    {"session", "me", "accounts", "signing-keys", "views", "events", "openapi.json", "docs"}
)
_OPERATIONS = f"{PREFIX}operations/"
_OWN_OPERATIONS = f"{_OPERATIONS}gateway/"


_PUBLIC_FORM = re.compile(r"/api/v1/lead-forms/[A-Za-z0-9_-]{1,64}/submissions")


class Route(NamedTuple):
    """The service, and the path to ask it for, as it goes over the wire."""

    service: str
    path: str


def is_own(path: str) -> bool:
    """Whether this process answers for the path itself."""
    return (
        not path.startswith(PREFIX)
        or _word(path, len(PREFIX)) in OWN
        or path.startswith(_OWN_OPERATIONS)
    )


def is_public(method: str, path: str) -> bool:
    """Whether anybody may do this without being signed in: filling in a public form."""
    return method == "POST" and _PUBLIC_FORM.fullmatch(path) is not None


def own_path(path: str) -> str:
    """The path as this process's own routes know it."""
    if path.startswith(_OWN_OPERATIONS):
        return f"{_OPERATIONS}{path[len(_OWN_OPERATIONS) :]}"
    return path


def find(path: str, raw_path: str, query: bytes) -> Route | None:
    """Where a path under `/api/v1/` goes; None if nobody answers for it.

    `path` is decoded, `raw_path` as it came; what cannot mean the same to the service behind
    (dot segments, empty segments, control characters) goes nowhere.

    Raises:
        ValidationFailed: an import whose kind is not told or not known.
    """
    word = _word(path, len(PREFIX))
    service = COLLECTIONS.get(word)
    if service is None:
        if word == "imports":
            service = _of_import(path, query)
        elif word == "files":
            service = _of_file(path, query)
        elif word == "import-mappings":
            service = _of_kind(query)
        elif word == "operations":
            return _operation(path, raw_path)
    if service is None or not is_plain(raw_path):
        return None
    return Route(service, raw_path)


def is_plain(raw_path: str) -> bool:
    """Whether every part of the way reads this path alike."""
    if "%" not in raw_path and "." not in raw_path and "//" not in raw_path:
        return raw_path.isascii() and "\\" not in raw_path
    lowered = raw_path.lower()
    # Encoded slashes, backslashes, dots, percent signs and control characters: nothing of ours
    # is named so, and each is a way to be read as two different paths.
    return not any(
        trick in lowered
        for trick in ("//", "/.", "\\", "%2e", "%2f", "%5c", "%25", "%0", "%1", "%7f")
    )


def _word(path: str, start: int) -> str:
    end = path.find("/", start)
    return path[start:] if end < 0 else path[start:end]


def _of_import(path: str, query: bytes) -> str | None:
    """A job's id begins with its service's name; a new one says what kind it is."""
    job = _word(path, len(PREFIX) + len("imports/"))
    if job and job != "template":
        service = job.partition("-")[0]
        return service if service in SERVICES else None
    return _of_kind(query)


def _of_file(path: str, query: bytes) -> str | None:
    """A file's id begins with its service's name; else the record's type tells whose it is."""
    file = _word(path, len(PREFIX) + len("files/"))
    if file:
        service = file.partition("-")[0]
        return service if service in SERVICES else None
    action = READ_ACTIONS.get(_parameter(query, "record").partition(":")[0], "")
    owner = COLLECTIONS.get(action.partition(":")[0])
    if owner is None:
        message = {CHINESE: "record 须为 <类型>:<编号>", ENGLISH: "record is <type>:<id>"}
        raise ValidationFailed(FieldError("/record", "unknown-record", message))
    return owner


def _of_kind(query: bytes) -> str:
    service = IMPORT_KINDS.get(_parameter(query, "kind"))
    if service is None:
        kinds = ", ".join(IMPORT_KINDS)
        message = {CHINESE: f"kind 须为 {kinds} 之一", ENGLISH: f"kind is one of {kinds}"}
        raise ValidationFailed(FieldError("/kind", "unknown-kind", message))
    return service


def _operation(path: str, raw_path: str) -> Route | None:
    """`/operations/{service}/…` is that service's `/operations/…`."""
    start = len(_OPERATIONS)
    service = _word(path, start)
    if service not in SERVICES or not is_plain(raw_path):
        return None
    return Route(service, f"{_OPERATIONS}{raw_path[start + len(service) + 1 :]}")


def _parameter(query: bytes, name: str) -> str:
    parameters: Mapping[str, str] = dict(parse_qsl(query.decode("latin-1")))
    return parameters.get(name, "")
