"""`/accounts`: who may sign in. For administrators; one's own password for everybody."""

from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import BatchIn, RequestModel
from chassis.pages import DEFAULT_LIMIT
from chassis.problems import CHINESE, ENGLISH, FieldError, NotFound, ValidationFailed
from chassis.work import Work
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, field_validator

from gateway import grants
from gateway.accounts import commands, model, queries
from gateway.accounts.model import Account
from gateway.passwords import LONGEST, SHORTEST, Passwords
from gateway.revocations import Revocations

router = APIRouter(tags=["accounts"])
SECRETS = ("password", "current")

Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
Roles = Annotated[list[str], Field(max_length=20)]


class NewAccount(RequestModel):
    username: str = Field(min_length=1, max_length=200)
    password: Password
    staff_id: str | None = Field(None, min_length=1, max_length=64)
    roles: Roles = []

    @field_validator("username")
    @classmethod
    def _is_plain(cls, username: str) -> str:
        plain = model.plain_username(username)
        if not plain:
            raise ValueError("a user name has at least one visible character")
        return plain


class AccountChange(RequestModel):
    """What is left out stays."""

    password: Password | None = None
    staff_id: str | None = Field(None, min_length=1, max_length=64)
    roles: Roles | None = None
    is_enabled: bool | None = None


class OwnPassword(RequestModel):
    current: str = Field(min_length=1, max_length=LONGEST)
    password: Password


def the_passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.desk.passwords
    return passwords


def the_revocations(request: Request) -> Revocations:
    revocations: Revocations = request.app.state.desk.revocations
    return revocations


Hashing = Annotated[Passwords, Depends(the_passwords)]
RevokedSessions = Annotated[Revocations, Depends(the_revocations)]


def shown(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "staff_id": account.staff_id,
        "roles": account.roles,
        "is_enabled": account.is_enabled,
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


@router.post("/accounts", status_code=201)
async def open_account(body: NewAccount, door: Door, passwords: Hashing) -> Response:
    """Let somebody sign in; `staff_id` names the member of staff whose records are theirs."""
    await door.scope("accounts:write")
    return await door.run(
        lambda work: _opened(work, body, passwords),
        shown=shown,
        created="/accounts",
        secrets=SECRETS,
    )


@router.post("/accounts/batch")
async def open_accounts(body: BatchIn, door: Door, passwords: Hashing) -> Response:
    await door.scope("accounts:write")
    return await door.batch(
        body.items,
        NewAccount,
        lambda work, item: _opened(work, item, passwords),
        shown=shown,
        created="/accounts",
        secrets=SECRETS,
    )


@router.get("/accounts")
async def list_accounts(
    reader: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    staff_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    await reader.scope("accounts:read")
    found = await queries.accounts(reader.db, staff_id=staff_id, limit=limit, cursor=cursor)
    return reader.page([shown(account) for account in found.items], found.next_cursor)


@router.get("/accounts/{account_id}")
async def read_account(account_id: str, reader: Reader) -> Response:
    await reader.scope("accounts:read")
    account = await queries.account(reader.db, account_id)
    if account is None:
        raise NotFound("account", account_id)
    return reader.show(shown(account), version=account.version)


@router.patch("/accounts/{account_id}")
async def change_account(
    account_id: str,
    body: AccountChange,
    door: Door,
    passwords: Hashing,
    revocations: RevokedSessions,
) -> Response:
    """Change roles, person, password, or disable; whoever is signed in has to sign in again."""
    await door.scope("accounts:write")
    if body.roles is not None:
        model.require_known_roles(body.roles, grants.ROLES)
    hashed = None if body.password is None else await passwords.hashed(body.password)
    answer = await door.run(
        lambda work: commands.change_account(
            work,
            account_id,
            by=door.caller.sub,
            staff_id=body.staff_id,
            roles=body.roles,
            is_enabled=body.is_enabled,
            password_hash=hashed,
        ),
        shown=shown,
        secrets=SECRETS,
    )
    await revocations.look()
    return answer


@router.post("/me/password")
async def change_own_password(
    body: OwnPassword, door: Door, passwords: Hashing, revocations: RevokedSessions
) -> Response:
    """Change one's own password; other sessions of the account end."""
    account_id = door.caller.sub
    known = await queries.password_hash(door.db, account_id)
    if not await passwords.fits(body.current, known):
        message = {CHINESE: "当前密码错误", ENGLISH: "the current password is wrong"}
        raise ValidationFailed(FieldError("/current", "wrong-password", message))
    hashed = await passwords.hashed(body.password)
    answer = await door.run(
        lambda work: commands.change_own_password(
            work, account_id, hashed, session_id=door.caller.session_id
        ),
        shown=shown,
        secrets=SECRETS,
    )
    await revocations.look()
    return answer


async def _opened(work: Work, body: NewAccount, passwords: Passwords) -> Account:
    model.require_known_roles(body.roles, grants.ROLES)
    return await commands.open_account(
        work,
        body.username,
        await passwords.hashed(body.password),
        staff_id=body.staff_id,
        roles=body.roles,
    )
