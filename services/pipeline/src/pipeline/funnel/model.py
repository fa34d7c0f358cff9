"""What a deal adds to the funnel, and to which sums.

A `Share` is one deal's part: where it stands and what it is worth. `cells_of` names every sum
that it belongs to; what changed is the difference between the old share's cells and the new
one's, so a sum never has to be counted again.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from pipeline.opportunities.model import OPEN, WON, Opportunity
from pipeline.templates.model import Process

NONE = "-"
"""Stands for what a deal does not have: no team, no product line, no month."""
PARKED = "parked"
ALL, TEAM, OWNER, SHARED = "all", "team", "owner", "shared"
STAGE, LINE, MONTH = "stage", "line", "month"
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Share:
    """One deal's part. `status` is that of the deal, `parked` where it is open but out of funnel.

    `month` (`2026-03`) is that of the expected close, of the close once it is closed. `amount`
    counts what was signed for once it is won; `weighted` is the amount by its probability.
    """

    template: str
    status: str
    stage: int
    currency: str
    amount: Decimal
    weighted: Decimal
    owner: str
    team: str
    shared_with: tuple[str, ...]
    line: str
    month: str


class Cell(NamedTuple):
    """One sum. `holder` is whose it is: by `kind` everybody's, a team's, an owner's, a sharer's.

    `owner` and `team` tell, where they are one, whose deals are in it; `key` is the value of the
    dimension (a product line, a month).
    """

    kind: str
    holder: str
    owner: str
    team: str
    template: str
    dimension: str
    key: str
    status: str
    stage: int
    currency: str


class Sums(NamedTuple):
    """How many deals, what they are worth, and what they are worth by probability."""

    deals: int = 0
    amount: Decimal = ZERO
    weighted: Decimal = ZERO

    def plus(self, other: "Sums") -> "Sums":
        return Sums(
            self.deals + other.deals,
            self.amount + other.amount,
            self.weighted + other.weighted,
        )

    def minus(self, other: "Sums") -> "Sums":
        return Sums(
            self.deals - other.deals,
            self.amount - other.amount,
            self.weighted - other.weighted,
        )


def share_of(deal: Opportunity, process: Process, line: str | None) -> Share:
    """A deal's part as it stands; `line` is the line of its main product."""
    worth = deal.won_amount if deal.status == WON else deal.terms.amount
    amount = ZERO if worth is None else worth.amount
    closing = deal.terms.expected_close_on if deal.status == OPEN else deal.closed_on
    return Share(
        template=deal.template,
        status=PARKED if deal.is_parked else deal.status,
        stage=deal.stage,
        currency=NONE if worth is None else worth.currency,
        amount=amount,
        weighted=amount * deal.probability(process),
        owner=deal.owner_id or NONE,
        team=deal.team_id or NONE,
        shared_with=tuple(sorted(set(deal.collaborator_ids) - {deal.owner_id or NONE})),
        line=line or NONE,
        month=NONE if closing is None else closing.isoformat()[:7],
    )


def cells_of(share: Share) -> list[Cell]:
    """Every sum that a deal is in: for whom it counts, by each dimension."""
    readers = [
        (ALL, NONE, NONE, NONE),
        (TEAM, share.team, NONE, share.team),
        (OWNER, share.owner, share.owner, share.team),
        *((SHARED, one, share.owner, share.team) for one in share.shared_with),
    ]
    dimensions = ((STAGE, NONE), (LINE, share.line), (MONTH, share.month))
    return [
        Cell(
            *reader,
            share.template,
            dimension,
            key,
            share.status,
            share.stage,
            share.currency,
        )
        for reader in readers
        for dimension, key in dimensions
    ]


class Changes:
    """What a number of changed shares does to the sums."""

    def __init__(self) -> None:
        self._sums: defaultdict[Cell, Sums] = defaultdict(Sums)

    def replace(self, before: Share | None, after: Share) -> None:
        if before == after:
            return
        if before is not None:
            worth = Sums(1, before.amount, before.weighted)
            for cell in cells_of(before):
                self._sums[cell] = self._sums[cell].minus(worth)
        worth = Sums(1, after.amount, after.weighted)
        for cell in cells_of(after):
            self._sums[cell] = self._sums[cell].plus(worth)

    @property
    def sums(self) -> Mapping[Cell, Sums]:
        """By how much each sum changes; those that stay as they are left out."""
        return {cell: sums for cell, sums in self._sums.items() if sums != Sums()}


def lag_of(deal: Opportunity) -> int | None:
    """By how many stages the buyer is behind (positive) or ahead of the deal."""
    return None if deal.buyer_stage is None else deal.stage - deal.buyer_stage


def milestones_of(deal: Opportunity, process: Process) -> dict[str, Any]:
    """How many milestones of its stage's gate are met, of how many."""
    gate = process.stage(deal.stage).gate
    met = [one for one in gate if (held := deal.milestones.get(one.code)) and held.is_met]
    return {"met": len(met), "of": len(gate)}
