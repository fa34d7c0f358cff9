"""A service's OpenAPI document: what FastAPI knows, and what the door adds to every route.

Keys, versions, waiting, problem documents and sign-in are the same everywhere, so they are told
here once instead of at each route.
"""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

Document = dict[str, Any]
METHODS = ("get", "post", "patch", "put", "delete")
PROBLEM = {"$ref": "#/components/responses/Problem"}
_WORD = re.compile(r"[a-z0-9]+")

COMPONENTS: Document = {
    "securitySchemes": {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    },
    "parameters": {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "the same key and body again give the same answer, and one effect",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "the ETag that was read; 412 if it is another by now",
            "schema": {"type": "string", "pattern": '^"[0-9]{1,15}"$'},
        },
        "WaitFor": {
            "name": "Tianlong-Wait-For",
            "in": "header",
            "required": False,
            "description": "up to 500 values of Tianlong-Position: answer when they are seen here",
            "schema": {"type": "string"},
        },
    },
    "responses": {
        "Problem": {
            "description": "A problem document (RFC 9457)",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    },
}
PROBLEM_SCHEMA: Document = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "/problems/<slug>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


def openapi_document(app: FastAPI) -> Document:
    """The whole document, with what every route of ours has in common."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    components.update(COMPONENTS)
    document["security"] = [{"bearer": []}]
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                _tell_door(item[method], method, path)
    return document


def _tell_door(operation: Document, method: str, path: str) -> None:
    operation["operationId"] = _operation_id(operation, method, path)
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = PROBLEM
    parameters = operation.setdefault("parameters", [])
    if method == "post":
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if method == "patch":
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
    parameters.append({"$ref": "#/components/parameters/WaitFor"})


def _operation_id(operation: Document, method: str, path: str) -> str:
    """`post_opportunities_advance` instead of FastAPI's function name and path and method."""
    words = [word for part in path.split("/")[3:] for word in _WORD.findall(part)]
    return "_".join([method, *words]) or str(operation["operationId"])
