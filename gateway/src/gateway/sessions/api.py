"""`/session`: signing in and out; `/me`: who one is here, and what one may do."""

from typing import Annotated, Any

import msgspec
from chassis.door import Reader
from chassis.http import RequestModel
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from gateway import cookies, grants
from gateway.passwords import LONGEST
from gateway.sessions import commands
from gateway.sessions.commands import Desk, SessionEnded, SignedIn
from gateway.sessions.model import RefreshToken

router = APIRouter(tags=["session"])


class Credentials(RequestModel):
    """`cookies`: for browsers; the tokens come as cookies and not in the answer."""

    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=LONGEST)
    cookies: bool = False


class Exchange(RequestModel):
    """Without a token: the one in the cookie."""

    refresh_token: str | None = Field(None, max_length=400)


def the_desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(the_desk)]


@router.post("/session")
async def sign_in(body: Credentials, request: Request, desk: AtDesk) -> Response:
    """Sign in."""
    signed_in = await commands.sign_in(desk, body.username, body.password)
    return _answer(request, desk, signed_in, in_cookies=body.cookies)


@router.post("/session/refresh")
async def refresh(request: Request, desk: AtDesk, body: Exchange | None = None) -> Response:
    """Exchange a refresh token, which is good once, for the next pair."""
    given = body.refresh_token if body else None
    if given is not None:
        return _answer(request, desk, await commands.refresh(desk, given), in_cookies=False)
    token = RefreshToken.read(request.cookies.get(cookies.REFRESH, ""))
    if token is None:
        raise SessionEnded
    desk.csrf.require(token.session_id, request.headers.get(cookies.CSRF_HEADER))
    return _answer(request, desk, await commands.refresh(desk, str(token)), in_cookies=True)


@router.delete("/session", status_code=204)
async def sign_out(request: Request, reader: Reader, desk: AtDesk) -> Response:
    """End this session; its tokens are worth nothing here from now on."""
    await commands.sign_out(desk, reader.caller.session_id)
    response = Response(status_code=204)
    cookies.clear(response, secure=_is_secure(request))
    return response


@router.get("/me")
async def me(reader: Reader, desk: AtDesk) -> Response:
    """Who is signed in, and the widest level of every action that is allowed."""
    caller = reader.caller
    table = await reader.core.callers.grants()
    return reader.show(
        {
            "account": await commands.account_of(desk, caller.sub),
            "staff": await commands.staff_of(desk, caller.staff_id),
            "roles": list(caller.roles),
            "access": grants.effective(table, caller.roles),
        }
    )


def _answer(request: Request, desk: Desk, signed_in: SignedIn, *, in_cookies: bool) -> Response:
    body: dict[str, Any] = {"expires_in": signed_in.expires_in}
    if in_cookies:
        body |= {"csrf_token": signed_in.csrf_token}
    else:
        body |= {
            "access_token": signed_in.access_token,
            "token_type": "Bearer",
            "refresh_token": signed_in.refresh_token,
        }
    response = _json(body)
    if in_cookies:
        cookies.put(
            response,
            access=signed_in.access_token,
            refresh=signed_in.refresh_token,
            csrf=signed_in.csrf_token,
            access_seconds=signed_in.expires_in,
            refresh_seconds=int(desk.session_lifetime.total_seconds()),
            secure=_is_secure(request),
        )
    return response


def _json(body: dict[str, Any]) -> Response:
    response = Response(msgspec.json.encode(body), media_type="application/json")
    response.headers["cache-control"] = "no-store"
    return response


def _is_secure(request: Request) -> bool:
    """Whether browsers are to send the cookies over HTTPS only."""
    return bool(request.app.state.core.settings.secure_cookies)
