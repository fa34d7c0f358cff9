"""Papers over HTTP: `/quotes/{id}/document`."""

import asyncio
from typing import Annotated, Literal, cast

from chassis.door import Reader
from chassis.problems import NotFound
from fastapi import APIRouter, Query, Response

from pipeline.documents import store
from pipeline.documents.drawing import drawn
from pipeline.documents.issuing import draft_paper
from pipeline.quotes.store import QUOTES
from pipeline.requests import IdPath
from pipeline.settings import Settings

router = APIRouter(tags=["quotes"])
PDF = "application/pdf"
Language = Annotated[Literal["zh-CN", "en"], Query()]


@router.get(
    "/quotes/{quote_id}/document",
    response_class=Response,
    responses={200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_document(
    quote_id: IdPath,
    reader: Reader,
    language: Language = "zh-CN",
    revision: Annotated[int | None, Query(ge=1, le=1000)] = None,
) -> Response:
    """A quote's paper as PDF: as it was issued, else as a draft of the present revision."""
    quote = await reader.load(QUOTES, quote_id, "quotes:read")
    number = revision or quote.revision
    name = f"{store.paper_id(quote_id, number)}-{language}"
    paper = await store.kept_paper(reader.db, quote_id, number)
    if paper is None and number != quote.revision:
        raise NotFound("document", name)
    font = cast(Settings, reader.core.settings).paper_font
    if paper is None:
        draft = await draft_paper(reader.db, quote)
        content = await asyncio.to_thread(drawn, draft, language, font)
    else:
        kept = await store.kept_file(reader.db, name)
        content = kept or await store.keep_file(
            reader.db, name, await asyncio.to_thread(drawn, paper, language, font)
        )
    file = f"{quote.number}-{number}.pdf"
    return Response(
        content,
        media_type=PDF,
        headers={
            "Content-Disposition": f'inline; filename="{file}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
