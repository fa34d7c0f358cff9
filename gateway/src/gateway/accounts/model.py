"""An account: who may sign in, which member of staff it belongs to, and the roles it carries.

Roles say what somebody works as; what a role may do is data (`grants.json`).
"""

import unicodedata
from dataclasses import dataclass, field
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.ids import stable_id
from chassis.problems import CHINESE, ENGLISH, Duplicate, FieldError, Refused, ValidationFailed


class OwnAccount(Refused):
    """Nobody takes rights from themselves: the last administrator must not lock everybody out."""

    slug, status = "own-account", 409
    titles: ClassVar = {
        CHINESE: "不能停用自己的账号或修改自己的角色",
        ENGLISH: "You cannot disable your own account or change your own roles",
    }


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Fact):
    username: str
    staff_id: str | None
    roles: list[str]


@dataclass(frozen=True, kw_only=True)
class AccountChanged(Fact):
    """Roles, person or whether it is enabled; the password never appears."""

    staff_id: str | None
    roles: list[str]
    is_enabled: bool
    previous_staff_id: str | None
    previous_roles: list[str]
    previous_is_enabled: bool


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Fact):
    """`is_own`: by the person; otherwise an administrator set it."""

    is_own: bool


@dataclass(kw_only=True)
class Account(Aggregate):
    """账号. Its id follows from the user name, so a name cannot be given twice."""

    TYPE: ClassVar[str] = "account"

    username: str
    staff_id: str | None = None
    roles: list[str] = field(default_factory=list)
    is_enabled: bool = True

    @classmethod
    def open(cls, username: str, *, staff_id: str | None, roles: list[str]) -> "Account":
        identifier = account_id(username)
        account = cls(
            id=identifier, key=identifier, username=username, staff_id=staff_id, roles=roles
        )
        account.record(AccountOpened(username=username, staff_id=staff_id, roles=roles))
        return account

    def change(
        self,
        *,
        staff_id: str | None,
        roles: list[str],
        is_enabled: bool,
        by: str,
    ) -> bool:
        """Whether anything is different now.

        Raises:
            OwnAccount: `by`, an account id, is this one.
        """
        before = AccountChanged(
            staff_id=staff_id,
            roles=roles,
            is_enabled=is_enabled,
            previous_staff_id=self.staff_id,
            previous_roles=self.roles,
            previous_is_enabled=self.is_enabled,
        )
        if (staff_id, roles, is_enabled) == (self.staff_id, self.roles, self.is_enabled):
            return False
        if by == self.id:
            raise OwnAccount
        self.staff_id, self.roles, self.is_enabled = staff_id, roles, is_enabled
        self.record(before)
        return True

    def change_password(self, *, is_own: bool) -> None:
        self.record(PasswordChanged(is_own=is_own))


def account_id(username: str) -> str:
    return stable_id("account", username)


def plain_username(text: str) -> str:
    """As it is compared: compatibility forms folded, lower case, no space around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def require_known_roles(roles: list[str], known: frozenset[str]) -> None:
    """Raises ValidationFailed naming each role that nobody defined."""
    errors = [
        FieldError(
            f"/roles/{index}",
            "unknown-role",
            {CHINESE: f"没有角色 {role}", ENGLISH: f"there is no role {role}"},
        )
        for index, role in enumerate(roles)
        if role not in known
    ]
    if errors:
        raise ValidationFailed(errors)


def name_is_taken() -> Duplicate:
    message = {CHINESE: "用户名已被使用", ENGLISH: "the user name is taken"}
    return Duplicate(message, errors=[FieldError("/username", "duplicate", message)])
