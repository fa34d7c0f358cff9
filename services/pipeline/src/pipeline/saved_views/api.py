"""Saved views over HTTP: `/saved-views`."""

from typing import Annotated, Any

from chassis.door import Door, Reader
from chassis.http import RequestModel
from chassis.problems import ValidationFailed
from chassis.work import Work
from fastapi import APIRouter, Query, Response
from pydantic import Field

from pipeline.copies import field_error
from pipeline.opportunities.filters import filtered
from pipeline.requests import Cursor, Identifier, IdPath, Limit
from pipeline.saved_views import commands, queries
from pipeline.saved_views.model import Look, SavedView, Sharing
from pipeline.saved_views.store import SAVED_VIEWS
from pipeline.views import plain

router = APIRouter(tags=["saved-views"])

Word = Annotated[str, Field(pattern=r"^[a-z][a-z_.]{0,59}$")]
Collection = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,39}$")]
Value = Annotated[str, Field(max_length=300)]


class SharingIn(RequestModel):
    """Nobody by default."""

    team_ids: list[Identifier] = Field(default=[], max_length=50)
    roles: list[Word] = Field(default=[], max_length=20)

    def value(self) -> Sharing:
        return Sharing(team_ids=list(self.team_ids), roles=list(self.roles))


class ViewIn(RequestModel):
    """`filters` are the list's query parameters; `sort` as the list takes it."""

    name: str = Field(min_length=1, max_length=100)
    collection: Collection
    filters: dict[Word, Value | list[Value]] = Field(default={}, max_length=30)
    columns: list[Word] = Field(default=[], max_length=60)
    sort: str | None = Field(None, pattern=r"^-?[a-z_]{1,40}$")
    sharing: SharingIn = SharingIn()

    def look(self) -> Look:
        return Look(
            name=self.name,
            collection=self.collection,
            filters=dict(self.filters),
            columns=list(self.columns),
            sort=self.sort,
        )


class ChangesIn(RequestModel):
    """What is left out stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=100)
    filters: dict[Word, Value | list[Value]] | None = Field(None, max_length=30)
    columns: list[Word] | None = Field(None, max_length=60)
    sort: str | None = Field(None, pattern=r"^-?[a-z_]{1,40}$")
    sharing: SharingIn | None = None

    def look(self, before: Look) -> Look:
        given = self.model_dump(exclude_unset=True, exclude={"sharing"})
        kept = {name: value for name, value in given.items() if value is not None or name == "sort"}
        return Look(**(plain(before) | kept))


def view_view(view: SavedView) -> dict[str, Any]:
    return {
        "id": view.id,
        "version": view.version,
        "owner_id": view.owner_id,
        **plain(view.look),
        "sharing": plain(view.sharing),
        "created_at": view.created_at,
        "updated_at": view.updated_at,
    }


@router.post("/saved-views", status_code=201)
async def save(body: ViewIn, door: Door) -> Response:
    look = body.look()
    _require_usable(look)
    return await door.run(
        lambda work: commands.save_new_view(work, look, body.sharing.value()),
        shown=view_view,
        created="/saved-views",
    )


@router.get("/saved-views")
async def list_saved_views(
    reader: Reader,
    collection: Annotated[str | None, Query(pattern=r"^[a-z][a-z-]{0,39}$")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """One's own, and those shared with one's team (or one above it) or role; by name."""
    found = await queries.saved_views(reader, collection, limit=limit, cursor=cursor)
    return reader.page([view_view(view) for view in found.items], found.next_cursor)


@router.get("/saved-views/{view_id}")
async def read_saved_view(view_id: IdPath, reader: Reader) -> Response:
    view = await queries.saved_view(reader, view_id)
    return reader.show(view_view(view), version=view.version)


@router.patch("/saved-views/{view_id}")
async def change(view_id: IdPath, body: ChangesIn, door: Door) -> Response:
    async def decide(work: Work) -> SavedView:
        look = body.look((await work.load(SAVED_VIEWS, view_id)).look)
        _require_usable(look)
        sharing = body.sharing.value() if body.sharing else None
        return await commands.change_view(work, view_id, look, sharing)

    return await door.run(decide, shown=view_view)


@router.post("/saved-views/{view_id}/remove")
async def remove(view_id: IdPath, door: Door) -> Response:
    return await door.run(lambda work: commands.remove_view(work, view_id), shown=view_view)


def _require_usable(look: Look) -> None:
    """A view that its list would refuse is refused when it is saved."""
    if look.collection != "opportunities" or "where" not in look.filters:
        return
    where = look.filters["where"]
    if isinstance(where, str):
        where = [where]
    try:
        filtered(where)
    except ValidationFailed as wrong:
        raise ValidationFailed(
            field_error("/filters/where", "not-a-filter", "筛选条件无效", "not filters of the list")
        ) from wrong
