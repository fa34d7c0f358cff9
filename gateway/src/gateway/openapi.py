"""One description of the whole interface: every service's committed document, and our own.

`python -m gateway.openapi` writes `gateway/openapi.json`, from `services/*/openapi.json`; the
running gateway serves what was written.
"""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from chassis.openapi import METHODS, openapi_document
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from gateway.routes import COLLECTIONS, PREFIX

Document = dict[str, Any]

router = APIRouter(include_in_schema=False)
_HERE = Path(__file__).parent
_MEMBER = _HERE.parents[1]
_OPERATIONS = f"{PREFIX}operations/"


def merged(own: Document, services: dict[str, Document]) -> Document:
    """One document: paths as clients call them, schemas by name, operations told apart.

    A schema that two services call the same and mean differently gets its service's name.
    """
    paths: Document = {}
    schemas: Document = {}
    ids: set[str] = set()
    for service, document in {"gateway": own, **services}.items():
        renamed = _renamed(service, document.get("components", {}).get("schemas", {}), schemas)
        for path, operations in document.get("paths", {}).items():
            outside = _outside(service, path)
            for method, operation in operations.items():
                told = _with_names(operation, renamed)
                told["tags"] = operation.get("tags") or [service]
                if told["operationId"] in ids:
                    told["operationId"] += f"_{service}"
                if method not in paths.setdefault(outside, {}):
                    paths[outside][method] = told
                    ids.add(told["operationId"])
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            schemas[renamed.get(name, name)] = _with_names(schema, renamed)
    return {
        "openapi": own["openapi"],
        "info": {
            "title": "Tianlong 天龙",
            "version": own["info"]["version"],
            "description": "Sales and customer management: the one interface for clients.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {**own["components"], "schemas": dict(sorted(schemas.items()))},
    }


def _outside(service: str, path: str) -> str:
    """`/operations/…` of a service is asked for under its name."""
    if path.startswith(_OPERATIONS):
        return f"{_OPERATIONS}{service}/{path[len(_OPERATIONS) :]}"
    return path


def _renamed(service: str, schemas: Document, taken: Document) -> dict[str, str]:
    """New names for schemas whose names are taken by something else."""
    return {
        name: f"{service.capitalize()}{name}"
        for name, schema in schemas.items()
        if name in taken and taken[name] != schema
    }


def _with_names(part: Any, renamed: dict[str, str]) -> Any:
    if isinstance(part, dict):
        told = {name: _with_names(value, renamed) for name, value in part.items()}
        reference = told.get("$ref")
        if isinstance(reference, str):
            start, _, name = reference.rpartition("/")
            told["$ref"] = f"{start}/{renamed.get(name, name)}"
        return told
    if isinstance(part, list):
        return [_with_names(one, renamed) for one in part]
    return part


def own_document(app: FastAPI) -> Document:
    """What this process answers itself, without what is merged into it."""
    document = openapi_document(app)
    for path, item in document["paths"].items():
        if path.startswith(f"{PREFIX}session"):
            for method, operation in item.items():
                operation["parameters"] = []
                if method == "post":
                    operation["security"] = []
    return document


def written(own: Document, services_folder: Path) -> str:
    """The merged document as it is committed."""
    services = {
        service: json.loads(path.read_text(encoding="utf-8"))
        for service in dict.fromkeys(COLLECTIONS.values())
        if (path := services_folder / service / "openapi.json").exists()
    }
    return json.dumps(merged(own, services), indent=2, ensure_ascii=False) + "\n"


@cache
def published() -> Document:
    """What was written last: beside the package when installed, else in the working tree."""
    for place in (_HERE / "openapi.json", _MEMBER / "openapi.json"):
        if place.exists():
            document: Document = json.loads(place.read_text(encoding="utf-8"))
            return document
    return {"openapi": "3.1.0", "info": {"title": "Tianlong 天龙", "version": "1"}, "paths": {}}


@router.get("/openapi.json")
@router.get("/docs")
async def elsewhere(request: Request) -> RedirectResponse:
    """Where people look first."""
    return RedirectResponse(f"/api/v1{request.url.path}")


@router.get("/api/v1/docs")
async def docs() -> HTMLResponse:
    """Every operation on one page that needs nothing from elsewhere."""
    return HTMLResponse(_page(published()))


@cache
def _rows(path: str) -> str:
    rows = []
    for method, operation in published()["paths"][path].items():
        if method in METHODS:
            summary = escape(operation.get("summary", ""))
            text = escape(operation.get("description", ""))
            rows.append(
                f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td>"
                f"<td><b>{summary}</b><br>{text}</td></tr>"
            )
    return "".join(rows)


def _page(document: Document) -> str:
    rows = "".join(_rows(path) for path in document["paths"])
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Tianlong API</title>"
        "<style>body{font:16px system-ui;margin:2rem}td{vertical-align:top;padding:.3rem 1rem "
        ".3rem 0;border-top:1px solid #ddd}</style><h1>Tianlong 天龙 API</h1>"
        '<p>The same as data: <a href="/api/v1/openapi.json">openapi.json</a>. '
        'Refusals: <a href="/problems">/problems</a>.</p>'
        f"<table>{rows}</table></html>"
    )


if __name__ == "__main__":
    from gateway.main import Settings, create_app

    own = own_document(create_app(Settings()))
    (_MEMBER / "openapi.json").write_text(
        written(own, _MEMBER.parent / "services"), encoding="utf-8"
    )
