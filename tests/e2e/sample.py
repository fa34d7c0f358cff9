"""The sample company's truth, added up from its files and by nothing else."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from statistics import median

DIRT = {"GTXPro": "GTX Pro"}


@dataclass(frozen=True)
class Deal:
    external_id: str
    owner: str
    product: str
    customer: str
    stage: str
    opened_on: date | None
    closed_on: date | None
    amount: Decimal

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None

    @property
    def day(self) -> date | None:
        """The day it counts for: closing if closed, else opening."""
        return self.closed_on or self.opened_on


def rows(name: str) -> list[dict[str, str]]:
    text = (files("tianlong.samples") / "crm" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def deals(yesterday: date) -> list[Deal]:
    """All deals, with dates moved so that the last one is `yesterday`."""
    raw = rows("sales_pipeline.csv")
    last = max(row[name] for row in raw for name in ("engage_date", "close_date"))
    shift = yesterday - date.fromisoformat(last)

    def moved(text: str) -> date | None:
        return date.fromisoformat(text) + shift if text else None

    return [
        Deal(
            external_id=row["opportunity_id"],
            owner=row["sales_agent"],
            product=DIRT.get(row["product"], row["product"]),
            customer=row["account"],
            stage=row["deal_stage"],
            opened_on=moved(row["engage_date"]),
            closed_on=moved(row["close_date"]),
            amount=Decimal(row["close_value"] or 0),
        )
        for row in raw
    ]


def team_of() -> dict[str, tuple[str, str]]:
    """Agent → (manager, regional office)."""
    return {
        row["sales_agent"]: (row["manager"], row["regional_office"])
        for row in rows("sales_teams.csv")
    }


@dataclass(frozen=True)
class Figures:
    total: int
    open: int
    won: int
    lost: int
    won_amount: str
    win_rate: str | None
    median_days_to_close: float | None


def figures(of: Iterable[Deal]) -> Figures:
    counted = list(of)
    stages = Counter(deal.stage for deal in counted)
    won, lost = stages["Won"], stages["Lost"]
    days = [
        (deal.closed_on - deal.opened_on).days
        for deal in counted
        if deal.closed_on and deal.opened_on
    ]
    amount = sum((deal.amount for deal in counted if deal.stage == "Won"), Decimal(0))
    return Figures(
        total=len(counted),
        open=stages["Engaging"] + stages["Prospecting"],
        won=won,
        lost=lost,
        won_amount=f"{amount:.2f}",
        win_rate=str(round(Decimal(won) / (won + lost), 4)) if won + lost else None,
        median_days_to_close=float(median(days)) if days else None,
    )


def grouped(of: Iterable[Deal], key: Callable[[Deal], str | None]) -> dict[str | None, Figures]:
    groups: dict[str | None, list[Deal]] = defaultdict(list)
    for deal in of:
        groups[key(deal)].append(deal)
    return {name: figures(found) for name, found in groups.items()}


def within(of: Iterable[Deal], start: date, end: date) -> list[Deal]:
    return [deal for deal in of if deal.day is not None and start <= deal.day < end]


def a_day(deal: Deal, offset: int) -> date:
    assert deal.day is not None
    return deal.day + timedelta(days=offset)
