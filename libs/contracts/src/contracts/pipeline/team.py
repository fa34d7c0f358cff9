"""The team of a deal: who was asked, who took part and left, executive time, credit shares."""

from datetime import date
from decimal import Decimal

import msgspec

from contracts.envelope import Event, event
from contracts.values import CustomerId, OpportunityId, StaffId

__all__ = [
    "CreditShare",
    "CreditSharesAgreed",
    "ExecutiveTime",
    "ExecutiveTimeAppliedFor",
    "ExecutiveTimeDecided",
    "OpportunityShared",
    "TeamMember",
    "TeamMemberAccepted",
    "TeamMemberDeclined",
    "TeamMemberLeft",
    "TeamMemberRequested",
    "TeamMemberTransferred",
    "TeamRequestWithdrawn",
    "TeamSeat",
]


class TeamMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who takes part in a deal: in which role, at which stages by their codes."""

    staff_id: StaffId
    role: str
    stages: list[str] = []


class CreditShare(msgspec.Struct, frozen=True, kw_only=True):
    """What part of a deal, in percent, is credited to somebody."""

    staff_id: StaffId
    percent: Decimal


class TeamSeat(msgspec.Struct, frozen=True, kw_only=True):
    """A part to play; `staff_id` is missing as long as anybody of the role may take it."""

    id: str
    role: str
    stages: list[str]
    staff_id: StaffId | None
    status: str
    requested_by: StaffId
    replaces: str | None = None


class ExecutiveTime(msgspec.Struct, frozen=True, kw_only=True):
    """So many hours of an executive, for what, and what became of it."""

    id: str
    hours: Decimal
    purpose: str
    staff_id: StaffId | None = None
    on: date | None = None
    status: str


@event("opportunity", "shared")
class OpportunityShared(Event, frozen=True, kw_only=True):
    """Who takes part has changed; `collaborator_ids` are all who see the deal and its papers."""

    opportunity_id: OpportunityId
    customer_id: CustomerId | None
    members: list[TeamMember]
    previous_members: list[TeamMember]
    collaborator_ids: list[StaffId]


@event("opportunity", "credit_shares_agreed")
class CreditSharesAgreed(Event, frozen=True, kw_only=True):
    """How the deal will be credited once it is won; winning fixes it."""

    opportunity_id: OpportunityId
    shares: list[CreditShare]
    previous_shares: list[CreditShare]


class _OfTeam(Event, frozen=True, kw_only=True):
    opportunity_team_id: str
    opportunity_id: OpportunityId


@event("opportunity_team", "member_requested")
class TeamMemberRequested(_OfTeam, frozen=True, kw_only=True):
    seat: TeamSeat
    note: str | None = None


@event("opportunity_team", "member_accepted")
class TeamMemberAccepted(_OfTeam, frozen=True, kw_only=True):
    seat: TeamSeat


@event("opportunity_team", "member_declined")
class TeamMemberDeclined(_OfTeam, frozen=True, kw_only=True):
    seat: TeamSeat
    declined_by: StaffId
    reason: str


@event("opportunity_team", "member_transferred")
class TeamMemberTransferred(_OfTeam, frozen=True, kw_only=True):
    """The seat is somebody else's from now on: `to_seat`."""

    seat: TeamSeat
    to_seat: str


@event("opportunity_team", "member_left")
class TeamMemberLeft(_OfTeam, frozen=True, kw_only=True):
    seat: TeamSeat
    reason: str | None


@event("opportunity_team", "request_withdrawn")
class TeamRequestWithdrawn(_OfTeam, frozen=True, kw_only=True):
    seat: TeamSeat
    reason: str | None


@event("opportunity_team", "executive_time_applied_for")
class ExecutiveTimeAppliedFor(_OfTeam, frozen=True, kw_only=True):
    time: ExecutiveTime


@event("opportunity_team", "executive_time_decided")
class ExecutiveTimeDecided(_OfTeam, frozen=True, kw_only=True):
    """`time.status` is granted, refused, returned or recalled."""

    time: ExecutiveTime
    decided_by: StaffId | None
    reason: str | None = None
