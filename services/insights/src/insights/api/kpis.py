"""`/kpis`: pipeline figures within the caller's rights, and what each figure means."""

from datetime import date
from typing import Annotated, Literal

from chassis.clock import rfc3339
from chassis.door import Reader, Reading
from chassis.problems import CHINESE, ENGLISH, FieldError, ValidationFailed
from chassis.scopes import Scope
from fastapi import APIRouter, Query, Response

from insights.queries import kpis
from insights.stream import generations
from insights.stream.progress import Progress

router = APIRouter(tags=["kpis"])
GroupBy = Literal["owner", "team", "region", "product", "customer", "month"]
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
Bound = Annotated[date | None, Query(description="a local date", ge=EARLIEST, le=LATEST)]


@router.get("/kpis")
async def definitions(reader: Reader) -> Response:
    """Every figure with its definition."""
    await reader.scope("kpis:read")
    return reader.show({"items": list(kpis.DEFINITIONS)})


@router.get("/kpis/pipeline")
async def pipeline(
    reader: Reader,
    group_by: GroupBy = "owner",
    since: Annotated[Bound, Query(alias="from")] = None,
    until: Annotated[Bound, Query(alias="to")] = None,
) -> Response:
    """Opportunities counted and summed by row, and overall; `from` and `to` are half-open."""
    if since is not None and until is not None and until < since:
        words = {CHINESE: "不得早于 from", ENGLISH: "must not lie before from"}
        raise ValidationFailed(FieldError("/to", "before-from", words))
    scope = await reader.scope("kpis:read")
    generation = await generations.active_for(reader)
    scopes = kpis.scopes_of(await owners_in_sight(reader, scope))
    question = kpis.Question(
        generation, tuple(scopes), group_by, since, until, reader.core.settings.currency
    )
    remembered: kpis.Remembered = reader.request.app.state.figures
    answer = await remembered.answer(reader.db, question)
    keys = [key for key, _ in answer.rows if key is not None]
    names = await kpis.names(reader.db, generation, group_by, keys)
    return reader.show(
        {
            "as_of": as_of(reader),
            "currency": question.currency,
            "group_by": group_by,
            "from": since.isoformat() if since else None,
            "to": until.isoformat() if until else None,
            "rows": [
                {"key": key, "name": None if key is None else names.get(key, key)} | shown
                for key, shown in answer.rows
            ],
            "overall": answer.overall,
        }
    )


async def owners_in_sight(reader: Reading, scope: Scope) -> set[str] | None:
    """Whose deals the caller may see; None: everybody's."""
    if scope.everything:
        return None
    owners = await reader.core.tree.members(scope.team_ids) if scope.team_ids else set()
    return owners | {scope.staff_id} if scope.staff_id else owners


def as_of(reader: Reading) -> str | None:
    """Everything recorded up to this moment is in the figures."""
    progress: Progress = reader.request.app.state.progress
    return rfc3339(progress.caught_up_at) if progress.caught_up_at else None
