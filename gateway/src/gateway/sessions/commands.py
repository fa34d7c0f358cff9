"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from chassis.clock import Clock
from chassis.mongo import Database
from chassis.problems import CHINESE, ENGLISH, RateLimited, Unauthenticated

from gateway.accounts import store as accounts
from gateway.accounts.model import Account, account_id, plain_username
from gateway.cookies import Csrf
from gateway.keys import KeyRing
from gateway.passwords import Passwords
from gateway.revocations import Revocations
from gateway.sessions import model, store
from gateway.sessions.model import RefreshToken, Session

log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """What signing in needs."""

    db: Database
    clock: Clock
    keys: KeyRing
    passwords: Passwords
    revocations: Revocations
    session_lifetime: timedelta
    token_lifetime: timedelta
    csrf: Csrf


@dataclass(frozen=True)
class SignedIn:
    """What a client gets: an access token, and the refresh token for the next one."""

    session_id: str
    access_token: str
    refresh_token: str
    expires_in: int
    csrf_token: str


class WrongPassword(Unauthenticated):
    """Also for a name that nobody has: the difference is not told."""

    def __init__(self) -> None:
        super().__init__(
            {CHINESE: "用户名或密码错误", ENGLISH: "the user name or the password is wrong"}
        )


class SessionEnded(Unauthenticated):
    def __init__(self) -> None:
        super().__init__(
            {CHINESE: "会话已结束，请重新登录", ENGLISH: "the session has ended; sign in again"}
        )


async def sign_in(desk: Desk, username: str, password: str) -> SignedIn:
    """Open a session.

    Raises:
        WrongPassword: or the account is disabled, or nobody has that name.
        RateLimited: too many failures in a row; Retry-After says how long to wait.
    """
    name = plain_username(username)
    wait = await store.wait_for_sign_in(desk.db, name, desk.clock.now())
    if wait:
        raise RateLimited(
            {
                CHINESE: f"登录失败次数过多，请在 {wait} 秒后再试",
                ENGLISH: f"too many failed sign-ins; try again in {wait} s",
            },
            headers={"Retry-After": str(wait)},
        )
    identifier = account_id(name)
    account = await accounts.find(desk.db, identifier)
    known = await accounts.password_hash(desk.db, identifier) if account else None
    if not await desk.passwords.fits(password, known) or account is None:
        raise WrongPassword
    if not await _may_sign_in(desk, account):
        raise WrongPassword
    await store.forget_failures(desk.db, name)
    session = await store.open_session(
        desk.db,
        account.id,
        account.username,
        account.staff_id,
        desk.clock.now() + desk.session_lifetime,
    )
    return _signed_in(desk, session, account)


async def refresh(desk: Desk, text: str) -> SignedIn:
    """Exchange a refresh token for the next pair.

    Raises:
        SessionEnded: it is not ours, was exchanged before (which ends the session: somebody else
            has it too), or the session is over.
    """
    token = RefreshToken.read(text)
    session = await store.find(desk.db, token.session_id) if token else None
    if token is None or session is None or not session.made(token):
        raise SessionEnded
    if not session.is_open(desk.clock.now()):
        raise SessionEnded
    reason = "refresh token used twice"
    if token.number == session.number:
        account = await accounts.find(desk.db, session.account_id)
        if account is None or not await _may_sign_in(desk, account):
            reason = "account closed"
        elif (following := await store.exchange(desk.db, session)) is not None:
            return _signed_in(desk, following, account)
    log.warning("session.revoked", session=session.id, account=session.account_id, reason=reason)
    await sign_out(desk, session.id, reason)
    raise SessionEnded


async def sign_out(desk: Desk, session_id: str, reason: str = "signed out") -> None:
    """End a session, here at once and in every other process within a second."""
    await store.revoke(desk.db, session_id, desk.clock.now(), reason)
    await desk.revocations.look()


async def _may_sign_in(desk: Desk, account: Account) -> bool:
    if not account.is_enabled:
        return False
    if account.staff_id is None:
        return True
    staff = await desk.db["staff_copy"].find_one({"_id": account.staff_id}, {"is_active": 1})
    return staff is None or bool(staff.get("is_active", True))


def _signed_in(desk: Desk, session: Session, account: Account) -> SignedIn:
    return SignedIn(
        session_id=session.id,
        access_token=desk.keys.sign(model.claims(session, account.roles)),
        refresh_token=str(session.refresh_token()),
        expires_in=int(desk.token_lifetime.total_seconds()),
        csrf_token=desk.csrf.token(session.id),
    )


async def account_of(desk: Desk, identifier: str) -> dict[str, Any] | None:
    account = await accounts.find(desk.db, identifier)
    return None if account is None else {"id": account.id, "username": account.username}


async def staff_of(desk: Desk, staff_id: str | None) -> dict[str, Any] | None:
    if staff_id is None:
        return None
    staff = await desk.db["staff_copy"].find_one({"_id": staff_id}) or {}
    return {"id": staff_id, "name": staff.get("name"), "team_id": staff.get("team_id")}
