"""What can be done with approval matrices: publish the next version of one."""

from datetime import date

from chassis.problems import ValidationFailed
from chassis.work import Work

from pipeline import copies
from pipeline.approval_matrices.model import (
    ApprovalMatrix,
    Deadlines,
    Matrix,
    Row,
    publish_matrix,
)
from pipeline.approval_matrices.store import APPROVAL_MATRICES, definition_of, newest_version


async def publish_approval_matrix(
    work: Work,
    *,
    kind: str,
    effective_from: date,
    rows: list[Row],
    deadlines: Deadlines,
    today: date,
) -> ApprovalMatrix:
    """It holds for what is requested from that day on; what is under way keeps its approvers.

    Raises:
        ValidationFailed: from a day that has passed.
    """
    await work.scope("approval-matrices:write")
    if effective_from < today:
        raise ValidationFailed(
            copies.field_error("/effective_from", "in-past", "不能早于今天", "is before today")
        )
    matrix = Matrix(
        kind=kind,
        version=await newest_version(work.db, kind) + 1,
        effective_from=effective_from,
        rows=rows,
        deadlines=deadlines,
    )
    return work.add(APPROVAL_MATRICES, publish_matrix(matrix, definition_of(matrix)))
