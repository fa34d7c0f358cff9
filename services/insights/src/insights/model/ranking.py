"""Ranking 客户分层: from what customers bought to computed tiers, purely."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from insights.model.policies import Group, TierPolicy

PERCENT = Decimal("0.1")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One customer in the window. `revenue` is delivered, without tax, net of returns."""

    customer_id: str
    kind: str
    revenue: Decimal
    orders: int
    yearly_demand: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a customer stands, and from what."""

    customer_id: str
    tier: str
    group: str
    revenue: Decimal
    orders: int
    rank: int
    of: int
    share_before: Decimal
    total: Decimal
    reason: str
    reason_zh: str
    yearly_demand: Decimal | None = None

    def inputs(self, currency: str, as_of: date, window_months: int) -> dict[str, Any]:
        """What the tier was computed from, as it is published and shown."""
        return {
            "revenue": str(self.revenue),
            "currency": currency,
            "orders": self.orders,
            "rank": self.rank,
            "of": self.of,
            "group": self.group,
            "group_revenue": str(self.total),
            "share_before": str(self.share_before.quantize(Decimal("0.000001"))),
            "window_months": window_months,
            "as_of": as_of.isoformat(),
            "yearly_demand": None if self.yearly_demand is None else str(self.yearly_demand),
        }


def window(as_of: date, months: int) -> tuple[date, date]:
    """First and last day of the `months` that end with `as_of`."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    first_of_month = date(year, month + 1, 1)
    try:
        day_before = first_of_month.replace(day=as_of.day)
    except ValueError:
        # A month without that day: the window begins with the month after it.
        day_before = _last_of_month(first_of_month)
    return date.fromordinal(day_before.toordinal() + 1), as_of


def rank(policy: TierPolicy, measured: Iterable[Measured], currency: str) -> dict[str, Standing]:
    """Every customer's computed tier; dealers and direct customers are cut apart."""
    groups: dict[str, list[Measured]] = defaultdict(list)
    by_name = {group.name: group for group in policy.groups}
    for one in measured:
        groups[policy.group_of(one.kind).name].append(one)
    standings: dict[str, Standing] = {}
    for name, customers in groups.items():
        for standing in _cut(policy, by_name[name], customers, currency):
            standings[standing.customer_id] = standing
    return standings


def _cut(
    policy: TierPolicy, group: Group, customers: list[Measured], currency: str
) -> Iterable[Standing]:
    total = sum((max(one.revenue, Decimal(0)) for one in customers), Decimal(0))
    falling = sorted(customers, key=lambda one: (-one.revenue, one.customer_id))
    before = running = Decimal(0)
    place = 0
    last: Decimal | None = None
    for number, one in enumerate(falling, start=1):
        if one.revenue != last:
            # Equal revenue shares one place, so that nothing but revenue decides.
            before, place, last = running, number, one.revenue
        running += max(one.revenue, Decimal(0))
        share = before / total if total else Decimal(0)
        tier = _tier(policy, one, before, total)
        words = _words(policy, group, one, tier, share, (place, len(falling)), currency)
        yield Standing(
            customer_id=one.customer_id,
            tier=tier,
            group=group.name,
            revenue=one.revenue,
            orders=one.orders,
            rank=place,
            of=len(falling),
            share_before=share,
            total=total,
            reason=words[0],
            reason_zh=words[1],
            yearly_demand=one.yearly_demand,
        )


def _tier(policy: TierPolicy, one: Measured, before: Decimal, total: Decimal) -> str:
    if not one.orders and not one.revenue:
        # Nothing bought yet: what it could buy is all there is to go by.
        for potential in policy.potential:
            if one.yearly_demand is not None and (
                one.yearly_demand >= potential.yearly_demand_at_least
            ):
                return potential.tier
        return policy.without_orders
    if one.revenue > 0:
        for cut in policy.cuts:
            if before < cut.share_before_below * total:
                return cut.tier
    return policy.with_orders


def _words(
    policy: TierPolicy,
    group: Group,
    one: Measured,
    tier: str,
    share: Decimal,
    place: tuple[int, int],
    currency: str,
) -> tuple[str, str]:
    if tier == policy.without_orders or (not one.orders and not one.revenue):
        demand = "" if one.yearly_demand is None else f"; yearly demand {one.yearly_demand:,.2f}"
        demand_zh = "" if one.yearly_demand is None else f"，购买能力 {one.yearly_demand:,.2f}"
        return (
            f"No orders in {policy.window_months} months{demand}: {tier}",
            f"近 {policy.window_months} 个月无订单{demand_zh}：{tier}",
        )
    percent = (share * 100).quantize(PERCENT)
    number, of = place
    english = (
        f"Revenue {one.revenue:,.2f} {currency} in {policy.window_months} months, place {number} "
        f"of {of} {group.en}; those before it make {percent} % of revenue: {tier}"
    )
    chinese = (
        f"近 {policy.window_months} 个月收入 {one.revenue:,.2f} {currency}，"
        f"{group.zh}第 {number} 位（共 {of} 家），之前客户占收入 {percent}%：{tier}"
    )
    return english, chinese


def _last_of_month(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
