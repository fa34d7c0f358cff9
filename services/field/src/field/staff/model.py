"""Staff 员工: who works here, in which team, in which roles, from when to when."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, FieldError, Refused, Text, ValidationFailed

ROLES = (
    "rep",
    "supervisor",
    "manager",
    "director",
    "general_manager",
    "customer_operations",
    "presales",
    "consultant",
    "commercial",
    "finance",
    "legal",
    "quality",
    "executive",
    "delivery",
    "service",
    "integrator",
    "admin",
)
LEADING_ROLES = frozenset({"supervisor", "manager", "director", "general_manager"})


class HasLeft(Refused):
    """The person works here no more."""

    slug, status = "staff-has-left", 409
    titles: ClassVar[Text] = {CHINESE: "员工已离职", ENGLISH: "This person has left"}


@dataclass(frozen=True, kw_only=True)
class StaffDescription:
    """What is told of a member of staff; private data is not."""

    name: str
    team_id: str | None
    roles: tuple[str, ...]
    staff_number: str | None
    external_id: str | None
    joined_on: date | None


@dataclass(frozen=True, kw_only=True)
class StaffJoined(Fact):
    profile: StaffDescription


@dataclass(frozen=True, kw_only=True)
class StaffMoved(Fact):
    profile: StaffDescription
    previous: StaffDescription
    effective_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class StaffLeft(Fact):
    profile: StaffDescription
    left_on: date


@dataclass(kw_only=True)
class Staff(Aggregate):
    """A member of staff; owner of their own record, `team_id` the team they work in."""

    TYPE: ClassVar[str] = "staff"

    name: str
    roles: list[str] = field(default_factory=list)
    staff_number: str | None = None
    external_id: str | None = None
    joined_on: date | None = None
    left_on: date | None = None

    @classmethod
    def join(
        cls,
        *,
        identifier: str,
        name: str,
        roles: list[str],
        team_id: str | None,
        region: str | None,
        joined_on: date,
        staff_number: str | None = None,
        external_id: str | None = None,
        origin: str | None = None,
        at: datetime | None = None,
    ) -> "Staff":
        """A new member of staff; `at` is the business time where it is not now."""
        person = cls(
            id=identifier,
            key=identifier,
            name=name,
            roles=_known(roles),
            owner_id=identifier,
            team_id=team_id,
            region=region,
            joined_on=joined_on,
            staff_number=staff_number,
            external_id=external_id,
            origin=origin,
        )
        person.record(StaffJoined(profile=person.description), at=at)
        return person

    @property
    def description(self) -> StaffDescription:
        return StaffDescription(
            name=self.name,
            team_id=self.team_id,
            roles=tuple(self.roles),
            staff_number=self.staff_number,
            external_id=self.external_id,
            joined_on=self.joined_on,
        )

    @property
    def has_left(self) -> bool:
        return self.left_on is not None

    def move(
        self,
        *,
        name: str | None = None,
        roles: list[str] | None = None,
        team_id: str | None = None,
        region: str | None = None,
        effective_on: date | None = None,
    ) -> None:
        """Change team (with the team's region), roles or name; what is not given stays.

        Raises:
            HasLeft: nobody moves who is not here.
            ValidationFailed: an unknown role.
        """
        if self.has_left:
            raise HasLeft()
        previous = self.description
        if name is not None:
            self.name = name
        if roles is not None:
            self.roles = _known(roles)
        if team_id is not None:
            self.team_id, self.region = team_id, region
        if self.description != previous:
            self.record(
                StaffMoved(profile=self.description, previous=previous, effective_on=effective_on)
            )

    def leave(self, on: date) -> None:
        """
        Raises:
            HasLeft: already gone.
            ValidationFailed: before the day of joining.
        """
        if self.has_left:
            raise HasLeft()
        if self.joined_on is not None and on < self.joined_on:
            raise ValidationFailed(
                FieldError(
                    "/on",
                    "before-joining",
                    {CHINESE: "早于入职日期", ENGLISH: "earlier than the day of joining"},
                )
            )
        self.left_on = on
        self.record(StaffLeft(profile=self.description, left_on=on))


def _known(roles: list[str]) -> list[str]:
    for n, role in enumerate(roles):
        if role not in ROLES:
            raise ValidationFailed(
                FieldError(
                    f"/roles/{n}",
                    "unknown-role",
                    {CHINESE: f"没有角色 {role}", ENGLISH: f"there is no role {role}"},
                )
            )
    return list(dict.fromkeys(roles))
