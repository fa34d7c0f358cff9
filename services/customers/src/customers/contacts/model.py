"""Contacts 联系人: who has which part in buying, who reports to whom, how they stand towards us.

What is personal (`Person`) is kept apart and encrypted; an aggregate, and so its events, knows
only that it changed.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused, Text


class BuyingRole(StrEnum):
    ECONOMIC_BUYER = "economic_buyer"
    DECISION_MAKER = "decision_maker"
    INFLUENCER = "influencer"
    USER = "user"
    TECHNICAL = "technical"
    PURCHASING = "purchasing"
    GATEKEEPER = "gatekeeper"
    COACH = "coach"
    """内线"""


class ContactErased(Refused):
    """The person was erased on request; only the tombstone is left."""

    slug, status = "contact-erased", 409
    titles: ClassVar[Text] = {
        CHINESE: "联系人已按要求删除",
        ENGLISH: "This contact was erased on request",
    }


class RingOfReports(Refused):
    """Somebody would report to themselves."""

    slug, status = "ring-of-reports", 409
    titles: ClassVar[Text] = {
        CHINESE: "汇报关系不能成环",
        ENGLISH: "Nobody reports to themselves",
    }


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is personal. Never in an event, a log, or a stored answer."""

    name: str
    title: str | None = None
    phone: str | None = None
    mail: str | None = None
    wechat: str | None = None
    birthday: date | None = None
    ambition: str | None = None
    """抱负"""
    conduct: str | None = None
    """品行"""
    temperament: str | None = None
    """性格"""
    likes: str | None = None
    """喜好"""
    strengths: str | None = None
    """特长"""


PERSONAL = frozenset(one.name for one in dataclasses.fields(Person))


@dataclass(frozen=True, kw_only=True)
class ContactAdded(Fact):
    pass


@dataclass(frozen=True, kw_only=True)
class ContactUpdated(Fact):
    previous_buying_role: BuyingRole | None
    previous_attitude: int | None
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class PersonErased(Fact):
    erased_at: datetime
    requested_on: date | None


@dataclass(kw_only=True)
class Contact(Aggregate):
    """A person at a customer. Its rights are the customer's."""

    TYPE: ClassVar[str] = "contact"

    customer_id: str
    department: str | None = None
    buying_role: BuyingRole | None = None
    attitude: int | None = None
    """−2 (against us) … +2 (for us)"""
    reports_to_id: str | None = None
    erased_at: datetime | None = None
    requested_on: date | None = None

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    def add(self) -> "Contact":
        self.record(ContactAdded())
        return self

    def change(self, changes: dict[str, Any], personal: Sequence[str]) -> None:
        """Give fields other values; `personal` names those that changed out of sight.

        Raises:
            ContactErased: there is nobody any more.
        """
        self._require_alive()
        plain = [name for name, value in changes.items() if getattr(self, name) != value]
        if not plain and not personal:
            return
        before_role, before_attitude = self.buying_role, self.attitude
        for name in plain:
            setattr(self, name, changes[name])
        self.record(
            ContactUpdated(
                previous_buying_role=before_role,
                previous_attitude=before_attitude,
                changed=sorted([*plain, *personal]),
            )
        )

    def require_no_ring(self, superior_id: str, above: frozenset[str]) -> None:
        """
        Raises:
            RingOfReports: the superior is this contact, or reports to it.
        """
        if superior_id == self.id or self.id in above:
            raise RingOfReports()

    def erase(self, now: datetime, requested_on: date | None) -> None:
        """Leave a tombstone.

        Raises:
            ContactErased: it is one already.
        """
        self._require_alive()
        self.erased_at, self.requested_on = now, requested_on
        self.department = None
        self.record(PersonErased(erased_at=now, requested_on=requested_on))

    def _require_alive(self) -> None:
        if self.is_erased:
            raise ContactErased()
