"""Where papers lie: what an issued one says, and its file once it was drawn."""

from typing import Any

import msgspec
from chassis.mongo import Database, Document
from chassis.store import KEPT_AS_THEY_ARE
from chassis.work import Work
from gridfs import AsyncGridFSBucket, NoFile
from gridfs.errors import FileExists

from pipeline.documents.paper import QuotePaper

QUOTE_PAPERS = "quote_papers"
FILES = "quote_files"
INDEXES: dict[str, list[Any]] = {QUOTE_PAPERS: []}


def paper_id(quote_id: str, revision: int) -> str:
    return f"{quote_id}-{revision}"


def put_paper(work: Work, quote_id: str, paper: QuotePaper) -> None:
    """Keep what the paper says, in the unit of work that issues it."""
    said: Document = msgspec.to_builtins(paper, builtin_types=KEPT_AS_THEY_ARE)
    work.put(QUOTE_PAPERS, said | {"_id": paper_id(quote_id, paper.revision)})


async def kept_paper(db: Database, quote_id: str, revision: int) -> QuotePaper | None:
    said = await db[QUOTE_PAPERS].find_one({"_id": paper_id(quote_id, revision)})
    if said is None:
        return None
    del said["_id"]
    return msgspec.convert(said, QuotePaper, builtin_types=KEPT_AS_THEY_ARE)


async def kept_file(db: Database, name: str) -> bytes | None:
    try:
        file = await AsyncGridFSBucket(db, bucket_name=FILES).open_download_stream(name)
    except NoFile:
        return None
    return bytes(await file.read())


async def keep_file(db: Database, name: str, content: bytes) -> bytes:
    """The file under this name from now on: the first that was kept."""
    bucket = AsyncGridFSBucket(db, bucket_name=FILES)
    try:
        await bucket.upload_from_stream_with_id(name, name, content)
    except FileExists:
        return await kept_file(db, name) or content
    return content
