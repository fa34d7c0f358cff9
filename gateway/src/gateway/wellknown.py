"""What anybody may fetch: signing keys and grants, to judge callers by; schemas of events."""

from typing import Any

import msgspec
from chassis.door import Door
from chassis.problems import NotFound
from chassis.work import Work
from contracts.schemas import documents
from fastapi import APIRouter, Request, Response

from gateway import grants
from gateway.keys import KeyRing

router = APIRouter(include_in_schema=False)
commands = APIRouter(tags=["accounts"])
_GRANTS = msgspec.json.encode(grants.DEFAULT)
_GRANTS_ETAG = grants.etag(_GRANTS)
_FRESH = "public, max-age=5"
_SCHEMAS = documents()


@router.get("/.well-known/jwks.json")
async def jwks(request: Request) -> Response:
    ring: KeyRing = request.app.state.keys
    return Response(
        msgspec.json.encode(ring.public()),
        media_type="application/jwk-set+json",
        headers={"cache-control": _FRESH},
    )


@router.get(grants.PUBLISHED_AT)
async def published_grants(request: Request) -> Response:
    headers = {"cache-control": _FRESH, "etag": _GRANTS_ETAG}
    if request.headers.get("if-none-match") == _GRANTS_ETAG:
        return Response(status_code=304, headers=headers)
    return Response(_GRANTS, media_type="application/json", headers=headers)


@router.get("/schemas/{name}")
async def schema(name: str) -> Response:
    """What an event's `ce_dataschema` points to."""
    if name not in _SCHEMAS:
        raise NotFound("schema", name)
    return Response(_SCHEMAS[name], media_type="application/schema+json")


@commands.post("/signing-keys/rotate")
async def rotate(request: Request, door: Door) -> Response:
    """Sign with a new key, as soon as all know it; old ones stay until their tokens end."""
    await door.scope("signing-keys:write")
    ring: KeyRing = request.app.state.keys

    async def decide(_: Work) -> dict[str, Any]:
        return {"key": await ring.rotate()}

    return await door.run(decide, shown=lambda key: key)
