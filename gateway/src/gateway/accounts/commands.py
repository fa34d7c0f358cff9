"""What can be done to accounts. Passwords arrive here hashed: hashing is slow and not decided."""

from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.work import Work

from gateway.accounts import model
from gateway.accounts.model import Account
from gateway.accounts.store import ACCOUNTS, CREDENTIALS
from gateway.sessions import store as sessions

ADMIN = "admin"


async def open_account(
    work: Work, username: str, password_hash: str, *, staff_id: str | None, roles: list[str]
) -> Account:
    """Let somebody sign in."""
    if await work.find(ACCOUNTS, model.account_id(username)) is not None:
        raise model.name_is_taken()
    await _require_staff(work, staff_id)
    account = work.add(ACCOUNTS, Account.open(username, staff_id=staff_id, roles=roles))
    work.put(CREDENTIALS, {"_id": account.id, "hash": password_hash})
    return account


async def change_account(
    work: Work,
    account_id: str,
    *,
    by: str,
    staff_id: str | None = None,
    roles: list[str] | None = None,
    is_enabled: bool | None = None,
    password_hash: str | None = None,
) -> Account:
    """Change what is given; whoever is signed in with the account has to sign in again."""
    account = await work.load(ACCOUNTS, account_id)
    if staff_id is not None and staff_id != account.staff_id:
        await _require_staff(work, staff_id)
    is_different = account.change(
        staff_id=account.staff_id if staff_id is None else staff_id,
        roles=account.roles if roles is None else roles,
        is_enabled=account.is_enabled if is_enabled is None else is_enabled,
        by=by,
    )
    if password_hash is not None:
        account.change_password(is_own=False)
        work.put(CREDENTIALS, {"_id": account.id, "hash": password_hash})
    if is_different or password_hash is not None:
        _end_sessions(work, account.id, "account changed")
    return account


async def change_own_password(
    work: Work, account_id: str, password_hash: str, *, session_id: str
) -> Account:
    """The other sessions of the account end; the one that asked goes on."""
    account = await work.load(ACCOUNTS, account_id)
    account.change_password(is_own=True)
    work.put(CREDENTIALS, {"_id": account.id, "hash": password_hash})
    _end_sessions(work, account.id, "password changed", but=session_id)
    return account


async def open_first_administrator(work: Work, password_hash: str) -> Account:
    """Only once: afterwards the password is the administrator's own affair."""
    found = await work.find(ACCOUNTS, model.account_id(ADMIN))
    if found is not None:
        return found
    return await open_account(work, ADMIN, password_hash, staff_id=None, roles=["admin"])


def _end_sessions(work: Work, account_id: str, reason: str, but: str | None = None) -> None:
    work.update_many(
        sessions.SESSIONS,
        sessions.all_of_account(account_id, but=but),
        sessions.revocation(work.now, reason),
    )


async def _require_staff(work: Work, staff_id: str | None) -> None:
    """Raises ValidationFailed if nobody here has heard of that member of staff."""
    if staff_id is not None and await work.document("staff_copy", staff_id) is None:
        message = {CHINESE: "没有这名员工", ENGLISH: "there is no such member of staff"}
        raise ValidationFailed(FieldError("/staff_id", "unknown-staff", message))
