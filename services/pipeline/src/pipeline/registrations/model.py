"""A registration 报备: customer + project + product line, protected from others for a time.

Of the registrations of one project at most one is granted. A later one conflicts 撞单 and waits:
for a ruling by a superior of all sides, or until the earlier one ends.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact
from chassis.names import likeness, same_name
from chassis.problems import CHINESE, ENGLISH, Refused, Text

GRANTED, CONFLICTED = "granted", "conflicted"
REFUSED, LAPSED, RELEASED = "refused", "lapsed", "released"
LIVE = (GRANTED, CONFLICTED)
STATUSES = (GRANTED, CONFLICTED, REFUSED, LAPSED, RELEASED)
LEAST_LIKENESS = 0.5
POLICY_ID = "registrations"
_APART = re.compile(r"[\W_]+")
_WORDS = {
    GRANTED: "保护中",
    CONFLICTED: "待裁定",
    REFUSED: "已驳回",
    LAPSED: "已失效",
    RELEASED: "已释放",
}


class RegistrationSettled(Refused):
    """Its status does not allow this."""

    slug = "registration-settled"
    titles: ClassVar[Text] = {
        CHINESE: "报备状态不允许此操作",
        ENGLISH: "The status of the registration does not allow this",
    }


class ExtensionRefused(Refused):
    """It was extended often enough, or nothing has happened since."""

    slug = "extension-refused"
    titles: ClassVar[Text] = {CHINESE: "不能延期", ENGLISH: "It cannot be extended"}


class RuledByOneself(Refused):
    """A ruling is a superior's, not a side's."""

    slug = "ruled-by-oneself"
    titles: ClassVar[Text] = {
        CHINESE: "不能裁定或批准自己的报备",
        ENGLISH: "Nobody rules on a registration of their own",
    }


def project_key(name: str) -> str:
    """Names of one project, whatever the width, capitals, spaces and punctuation."""
    return _APART.sub("", same_name(name)) or same_name(name)


def similar(one: str, other: str) -> float:
    """How alike two projects' names are, from 0 to 1."""
    return likeness(project_key(one), project_key(other))


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is registered. `dealer_id`: on behalf of a dealer 经销商."""

    customer_id: str
    project_name: str
    product_line: str
    dealer_id: str | None = None
    opportunity_id: str | None = None

    @property
    def guard(self) -> str:
        """Registrations that might conflict are decided one at a time by this key."""
        return f"registration:{self.customer_id}:{project_key(self.product_line)}"

    @property
    def key(self) -> str:
        return project_key(self.project_name)


@dataclass(frozen=True, kw_only=True)
class RegistrationGranted(Fact):
    customer_id: str
    project_name: str
    product_line: str
    dealer_id: str | None
    expires_on: date
    way: str
    similar_to: list[str]


@dataclass(frozen=True, kw_only=True)
class RegistrationConflicted(Fact):
    customer_id: str
    project_name: str
    product_line: str
    dealer_id: str | None
    conflicts_with: list[str]


@dataclass(frozen=True, kw_only=True)
class RegistrationRuled(Fact):
    customer_id: str
    is_granted: bool
    previous_status: str
    expires_on: date | None
    reason: str
    ruled_by: str
    against: list[str]


@dataclass(frozen=True, kw_only=True)
class RegistrationExtended(Fact):
    customer_id: str
    expires_on: date
    previous_expires_on: date
    extensions: int
    evidence: str | None
    approved_by: str | None


@dataclass(frozen=True, kw_only=True)
class RegistrationLapsed(Fact):
    customer_id: str
    expired_on: date


@dataclass(frozen=True, kw_only=True)
class RegistrationReleased(Fact):
    customer_id: str
    reason: str
    previous_status: str


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """裁定: what was decided, by whom and why, against which others."""

    is_granted: bool
    reason: str
    ruled_by: str
    against: list[str]
    ruled_at: datetime


@dataclass(frozen=True, kw_only=True)
class Like:
    """Another registration of that customer and line whose project has a similar name."""

    registration_id: str
    owner_id: str | None
    likeness: float


@dataclass(frozen=True, kw_only=True)
class Extension:
    """By progress (a fact), or by a superior's approval."""

    expires_on: date
    at: datetime
    evidence: str | None = None
    approved_by: str | None = None


@dataclass(kw_only=True)
class Registration(Aggregate):
    """`expires_on` is the last day of protection; None while it waits."""

    TYPE: ClassVar[str] = "registration"

    subject: Subject
    status: str
    expires_on: date | None = None
    protected_since: datetime | None = None
    conflicts_with: list[str] = field(default_factory=list)
    similar: list[Like] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    ruling: Ruling | None = None
    ended_reason: str | None = None

    def succeed(self, expires_on: date, *, now: datetime) -> None:
        """The one before it has ended, and nobody else waits."""
        self._require(CONFLICTED)
        self._protect(expires_on, now, way="succession")

    def rule(self, ruling: Ruling, expires_on: date | None, *, now: datetime) -> None:
        """A superior of all sides has decided; `expires_on` for what is protected from now on."""
        self._require(*LIVE)
        previous, self.ruling = self.status, ruling
        if not ruling.is_granted:
            self.status, self.expires_on = REFUSED, None
            self.ended_reason = ruling.reason
        elif previous == CONFLICTED:
            self.status, self.expires_on, self.protected_since = GRANTED, expires_on, now
        self.record(
            RegistrationRuled(
                customer_id=self.subject.customer_id,
                is_granted=ruling.is_granted,
                previous_status=previous,
                expires_on=self.expires_on,
                reason=ruling.reason,
                ruled_by=ruling.ruled_by,
                against=ruling.against,
            )
        )

    def extend(
        self, policy: "PolicyTerms", *, now: datetime, evidence: str | None, approved_by: str | None
    ) -> None:
        """延期, from the day it would have ended, a limited number of times.

        Raises:
            ExtensionRefused: as often as it may be already, or this evidence was used before.
        """
        self._require(GRANTED)
        if len(self.extensions) >= policy.most_extensions:
            raise ExtensionRefused(
                {
                    CHINESE: f"最多延期 {policy.most_extensions} 次",
                    ENGLISH: f"{policy.most_extensions} extensions are the most",
                }
            )
        if evidence is not None and any(one.evidence == evidence for one in self.extensions):
            raise ExtensionRefused(
                {CHINESE: "该证据已用于延期", ENGLISH: "this evidence has extended it before"}
            )
        previous = self.expires_on or now.date()
        self.expires_on = previous + timedelta(days=policy.extension_days)
        extension = Extension(
            expires_on=self.expires_on, at=now, evidence=evidence, approved_by=approved_by
        )
        self.extensions = [*self.extensions, extension]
        self.record(
            RegistrationExtended(
                customer_id=self.subject.customer_id,
                expires_on=self.expires_on,
                previous_expires_on=previous,
                extensions=len(self.extensions),
                evidence=evidence,
                approved_by=approved_by,
            )
        )

    @property
    def progress_since(self) -> datetime | None:
        """Progress that extends it happened after this."""
        return self.extensions[-1].at if self.extensions else self.protected_since

    def is_over(self, today: date) -> bool:
        return self.status == GRANTED and self.expires_on is not None and self.expires_on < today

    def lapse(self) -> None:
        """Its time is over."""
        self._require(GRANTED)
        expired_on = self.expires_on
        if expired_on is None:
            raise RegistrationSettled(self._standing())
        self.status = LAPSED
        self.record(RegistrationLapsed(customer_id=self.subject.customer_id, expired_on=expired_on))

    def release(self, reason: str) -> None:
        """Given up 释放: others may have the project."""
        self._require(*LIVE)
        previous, self.status, self.ended_reason = self.status, RELEASED, reason
        self.record(
            RegistrationReleased(
                customer_id=self.subject.customer_id, reason=reason, previous_status=previous
            )
        )

    def grant(self, expires_on: date, *, now: datetime) -> None:
        self._protect(expires_on, now, way="rule")

    def wait(self, conflicts_with: Iterable[str]) -> None:
        """撞单: it is known whose it is, and it waits."""
        self.status, self.conflicts_with = CONFLICTED, sorted(conflicts_with)
        subject = self.subject
        self.record(
            RegistrationConflicted(
                customer_id=subject.customer_id,
                project_name=subject.project_name,
                product_line=subject.product_line,
                dealer_id=subject.dealer_id,
                conflicts_with=self.conflicts_with,
            )
        )

    def _protect(self, expires_on: date, now: datetime, *, way: str) -> None:
        self.status, self.expires_on, self.protected_since = GRANTED, expires_on, now
        subject = self.subject
        self.record(
            RegistrationGranted(
                customer_id=subject.customer_id,
                project_name=subject.project_name,
                product_line=subject.product_line,
                dealer_id=subject.dealer_id,
                expires_on=expires_on,
                way=way,
                similar_to=[one.registration_id for one in self.similar],
            )
        )

    def _require(self, *statuses: str) -> None:
        if self.status not in statuses:
            raise RegistrationSettled(self._standing())

    def _standing(self) -> Text:
        return {CHINESE: f"报备{_WORDS[self.status]}", ENGLISH: f"it is {self.status}"}


@dataclass(frozen=True, kw_only=True)
class PolicyTerms:
    """Calendar days of protection and of an extension, and how many extensions there are."""

    protection_days: int = 90
    extension_days: int = 60
    most_extensions: int = 2


@dataclass(frozen=True, kw_only=True)
class RegistrationPolicyChanged(Fact):
    previous: PolicyTerms


@dataclass(kw_only=True)
class RegistrationPolicy(Aggregate):
    """The one policy of registrations; until somebody changes it the defaults hold."""

    TYPE: ClassVar[str] = "registration_policy"

    terms: PolicyTerms = field(default_factory=PolicyTerms)

    def change(self, changes: Mapping[str, Any]) -> None:
        previous, self.terms = self.terms, PolicyTerms(**(asdict(self.terms) | dict(changes)))
        if self.terms != previous:
            self.record(RegistrationPolicyChanged(previous=previous))


def default_policy() -> RegistrationPolicy:
    return RegistrationPolicy(id=POLICY_ID, key=POLICY_ID)
