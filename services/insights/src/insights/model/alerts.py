"""Alerts 预警: raised once per rule, subject, period; acknowledged by people, cleared by facts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from chassis.facts import Aggregate, Fact
from chassis.problems import CHINESE, ENGLISH, Refused

from insights.model.policies import AlertRule
from insights.timers import Timer

OPEN, ACKNOWLEDGED, CLEARED = "open", "acknowledged", "cleared"


@dataclass(frozen=True, kw_only=True)
class AlertRaised(Fact):
    reason: str
    reason_zh: str


@dataclass(frozen=True, kw_only=True)
class AlertAcknowledged(Fact):
    by: str | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class AlertCleared(Fact):
    fact: str | None
    cleared_at: datetime


class AlertIsOver(Refused):
    """What it warned of has been mended; there is nothing left to acknowledge."""

    slug, status = "conflict", 409
    titles = {CHINESE: "预警已解除", ENGLISH: "The alert is cleared"}


@dataclass(kw_only=True)
class Alert(Aggregate):
    """Its id is `rule:subject:period`."""

    TYPE: ClassVar[str] = "alert"

    rule: str
    rule_version: int
    severity: str
    subject: str
    period: str
    due_at: datetime
    customer_id: str | None = None
    opportunity_id: str | None = None
    reason: str = ""
    reason_zh: str = ""
    facts: list[str] = field(default_factory=list)
    status: str = OPEN
    raised_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    cleared_at: datetime | None = None
    cleared_by: str | None = None

    def acknowledge(self, by: str | None, note: str | None, at: datetime) -> None:
        """Somebody has seen it. Doing so again changes nothing.

        Raises:
            AlertIsOver: it is cleared already.
        """
        if self.status == CLEARED:
            raise AlertIsOver
        if self.status == ACKNOWLEDGED:
            return
        self.status, self.acknowledged_at = ACKNOWLEDGED, at
        self.acknowledged_by, self.note = by, note
        self.record(AlertAcknowledged(by=by, note=note))

    def clear(self, fact: str | None, at: datetime) -> None:
        """The fact that it missed has turned up. The alert stays, as cleared."""
        if self.status == CLEARED:
            return
        self.status, self.cleared_at, self.cleared_by = CLEARED, at, fact
        self.record(AlertCleared(fact=fact, cleared_at=at))


def raised(timer: Timer, rule: AlertRule, at: datetime) -> Alert:
    """The alert of a timer whose moment passed with nothing done."""
    details = {"name": "", "stage": "", "norm_days": "", "objective": ""} | timer.details
    alert = Alert(
        id=timer.key,
        key=timer.customer or timer.opportunity or timer.subject,
        owner_id=timer.owner,
        rights_of=_governed_by(timer),
        rule=timer.rule,
        rule_version=rule.version,
        severity=rule.severity,
        subject=f"{timer.subject_type}:{timer.subject}",
        period=timer.period,
        due_at=timer.due_at,
        customer_id=timer.customer,
        opportunity_id=timer.opportunity,
        reason=rule.reason_en.format(**details),
        reason_zh=rule.reason_zh.format(**details),
        facts=list(timer.facts),
        raised_at=at,
    )
    alert.record(AlertRaised(reason=alert.reason, reason_zh=alert.reason_zh))
    return alert


def _governed_by(timer: Timer) -> str:
    if timer.opportunity is not None:
        return f"opportunity:{timer.opportunity}"
    return f"{timer.subject_type}:{timer.subject}"
