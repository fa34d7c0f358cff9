"""A customer's tier 层级: computed live, effective by rule.

Upward at once. Downward at once from a tier that was not yet held at a day's close; from a held
one only when a lower tier stood at two month ends in a row. So within a day the effective tier is
the better of the computed and the held one, whatever order the day's events came in.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact

from insights.model.policies import TierPolicy
from insights.model.ranking import Standing


@dataclass(frozen=True, kw_only=True)
class TierChanged(Fact):
    customer_id: str
    computed: str
    effective: str
    previous_computed: str | None
    previous_effective: str | None
    policy: str
    policy_version: int
    as_of: date
    inputs: dict[str, Any]
    reason: str
    reason_zh: str


@dataclass(frozen=True, kw_only=True)
class TierConfirmed(Fact):
    customer_id: str
    computed: str
    effective: str
    policy: str
    policy_version: int
    closed_on: date
    is_month_end: bool


@dataclass(kw_only=True)
class Tier(Aggregate):
    """`held` is the effective tier at the last day's close; `lower_at_month_end` the computed one
    at the last month's end where it was lower than the effective."""

    TYPE: ClassVar[str] = "tier"

    computed: str | None = None
    effective: str | None = None
    held: str | None = None
    lower_at_month_end: str | None = None
    closed_on: str | None = None
    policy: str = ""
    policy_version: int = 0
    as_of: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    reason_zh: str = ""

    def rank(self, standing: Standing, policy: TierPolicy, as_of: date, currency: str) -> None:
        """The customer stands here now."""
        effective = _better(policy, standing.tier, self.held)
        self._become(standing.tier, effective, standing, policy, as_of, currency, ("", ""))

    def close(
        self,
        standing: Standing,
        policy: TierPolicy,
        day: date,
        currency: str,
        *,
        is_month_end: bool,
    ) -> None:
        """The day closed with this standing: what is effective now is held from here on."""
        self.rank(standing, policy, day, currency)
        before = (self.held, self.lower_at_month_end)
        if is_month_end:
            self._end_month(standing, policy, day, currency)
        self.held = self.effective
        self.closed_on = day.isoformat()
        if (self.held, self.lower_at_month_end) != before:
            self.record(
                TierConfirmed(
                    customer_id=self.id,
                    computed=standing.tier,
                    effective=self.effective or standing.tier,
                    policy=policy.name,
                    policy_version=policy.version,
                    closed_on=day,
                    is_month_end=is_month_end,
                )
            )

    def _end_month(self, standing: Standing, policy: TierPolicy, day: date, currency: str) -> None:
        """A lower tier that stood at two month ends in a row becomes effective."""
        computed = standing.tier
        if not _is_lower(policy, computed, self.effective):
            self.lower_at_month_end = None
            return
        if self.lower_at_month_end is not None:
            effective = _better(policy, computed, self.lower_at_month_end)
            words = (" (lower at two month ends in a row)", "（连续两个月末低于现行层级）")
            self._become(computed, effective, standing, policy, day, currency, words)
        lower = _is_lower(policy, computed, self.effective)
        self.lower_at_month_end = computed if lower else None

    def _become(
        self,
        computed: str,
        effective: str,
        standing: Standing,
        policy: TierPolicy,
        as_of: date,
        currency: str,
        why: tuple[str, str],
    ) -> None:
        if (computed, effective) == (self.computed, self.effective):
            return
        previous = (self.computed, self.effective)
        self.computed, self.effective = computed, effective
        self.policy, self.policy_version = policy.name, policy.version
        self.as_of = as_of.isoformat()
        self.inputs = standing.inputs(currency, as_of, policy.window_months)
        self.reason, self.reason_zh = standing.reason + why[0], standing.reason_zh + why[1]
        self.record(
            TierChanged(
                customer_id=self.id,
                computed=computed,
                effective=effective,
                previous_computed=previous[0],
                previous_effective=previous[1],
                policy=policy.name,
                policy_version=policy.version,
                as_of=as_of,
                inputs=self.inputs,
                reason=self.reason,
                reason_zh=self.reason_zh,
            )
        )


def _better(policy: TierPolicy, one: str, other: str | None) -> str:
    return other if other is not None and _is_lower(policy, one, other) else one


def _is_lower(policy: TierPolicy, one: str, than: str | None) -> bool:
    order = policy.tiers
    if than not in order:
        # A tier that the policy no longer knows holds nobody up.
        return False
    return order.index(one) > order.index(than)
