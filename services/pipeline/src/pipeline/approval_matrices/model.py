"""An approval matrix 审批矩阵: data that says who is asked about a kind of paper, and when."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from chassis.facts import Aggregate, Fact

OTHER = "other"
"""The kind whose matrix holds for every kind that has none of its own."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Somebody to be asked: exactly one of these is said.

    `line`: the owner's superior so many levels up, 1 being the direct one; `role`: whoever of the
    company has it, the nearest to the owner; `staff_id`: this very person.
    """

    line: int | None = None
    role: str | None = None
    staff_id: str | None = None

    @property
    def words(self) -> str:
        if self.line is not None:
            return f"line:{self.line}"
        return f"role:{self.role}" if self.role is not None else f"staff:{self.staff_id}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a matrix looks at. `amount` is in the company's currency; None is what nobody knows."""

    amount: Decimal | None = None
    discount: Decimal | None = None
    margin: Decimal | None = None
    is_below_floor: bool = False
    requester_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Row:
    """Applies where everything it says is so; one that says nothing always applies.

    Discount and margin are shares (0.15 is 15 %). What is unknown about a paper fits no limit.
    """

    asks: list[Ask]
    amount_from: Decimal | None = None
    discount_from: Decimal | None = None
    margin_below: Decimal | None = None
    is_below_floor: bool | None = None
    requester_roles: list[str] = field(default_factory=list)

    def applies(self, case: Case) -> bool:
        return all(
            (
                self.amount_from is None
                or (case.amount is not None and case.amount >= self.amount_from),
                self.discount_from is None
                or (case.discount is not None and case.discount >= self.discount_from),
                self.margin_below is None
                or (case.margin is not None and case.margin < self.margin_below),
                self.is_below_floor is None or case.is_below_floor == self.is_below_floor,
                not self.requester_roles or bool(case.requester_roles & set(self.requester_roles)),
            )
        )


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """In working hours: when an approver is reminded, when their superior is asked instead, and
    how long somebody who urges 催办 waits until they may urge again."""

    remind_after_hours: Decimal = Decimal(8)
    escalate_after_hours: Decimal = Decimal(24)
    urge_pause_hours: Decimal = Decimal(4)


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Every row that applies adds those it asks, in the order of the rows, each once.

    Nobody asked: papers like that are approved by rule.
    """

    kind: str
    version: int
    effective_from: date
    rows: list[Row]
    deadlines: Deadlines = field(default_factory=Deadlines)

    @property
    def id(self) -> str:
        return matrix_id(self.kind, self.version)

    def asks(self, case: Case) -> list[Ask]:
        found = [ask for row in self.rows if row.applies(case) for ask in row.asks]
        return list(dict.fromkeys(found))


def matrix_id(kind: str, version: int) -> str:
    return f"{kind}-{version}"


@dataclass(frozen=True, kw_only=True)
class ApprovalMatrixPublished(Fact):
    kind: str
    effective_from: date
    definition: dict[str, Any]
    previous_version: int


@dataclass(kw_only=True)
class ApprovalMatrix(Aggregate):
    """One published version of the matrix of a kind; a later one takes its place, never edits it.

    `edition` is the matrix's version, since an aggregate's own is always 1 here.
    """

    TYPE: ClassVar[str] = "approval_matrix"

    kind: str
    edition: int
    effective_from: date
    definition: dict[str, Any]


def publish_matrix(matrix: Matrix, definition: dict[str, Any]) -> ApprovalMatrix:
    published = ApprovalMatrix(
        id=matrix.id,
        key=matrix.id,
        kind=matrix.kind,
        edition=matrix.version,
        effective_from=matrix.effective_from,
        definition=definition,
    )
    published.record(
        ApprovalMatrixPublished(
            kind=matrix.kind,
            effective_from=matrix.effective_from,
            definition=definition,
            previous_version=matrix.version - 1,
        )
    )
    return published
