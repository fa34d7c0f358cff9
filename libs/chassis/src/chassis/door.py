"""The door: a request becomes one unit of work, and its answer is kept under its key.

`Door` runs commands: idempotency key, expected version, stored answer, position. `Reader` serves
reads: caller, scopes, and waiting until a write has been seen.
"""

import asyncio
import functools
import hashlib
import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
import structlog
from fastapi import Depends, Request, Response
from pydantic import BaseModel, ValidationError

from chassis.commits import ANSWERS_COLLECTION, Decide
from chassis.core import Core
from chassis.edge import language_of
from chassis.facts import Aggregate
from chassis.http import Fault, invalid_request, problem_response
from chassis.mongo import Database, Document
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    Forbidden,
    IdempotencyKeyRequired,
    IdempotencyMismatch,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Refused,
    ValidationFailed,
)
from chassis.scopes import Caller, Scope
from chassis.store import Stored
from chassis.work import GuardLocks, Work

log = structlog.get_logger()
T = TypeVar("T")
A = TypeVar("A", bound=Aggregate)
M = TypeVar("M", bound=BaseModel)
Shown = Callable[..., Any]

POSITION_HEADER = "Tianlong-Position"
WAIT_FOR_HEADER = "Tianlong-Wait-For"
ANSWERS_KEPT = timedelta(days=90)
MOST_WAITED_FOR = 500
ITEMS_AT_ONCE = 64
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,15})"')
_POSITION = re.compile(r"([a-z_]{1,40}:[A-Za-z0-9_.:-]{1,80}):(\d{1,15})")
_locks = GuardLocks()
_running: set[asyncio.Task[Any]] = set()


class _Entered:
    """A request whose caller is known."""

    def __init__(self, request: Request, core: Core, caller: Caller) -> None:
        self.request = request
        self.core = core
        self.caller = caller

    @property
    def db(self) -> Database:
        return self.core.db

    @property
    def now(self) -> datetime:
        return self.core.clock.now()

    async def scope(self, action: str) -> Scope:
        """What the caller may do `action` to; raises Forbidden if nothing."""
        return await self.core.scope(self.caller, action)

    async def find(self, stored: Stored[A], identifier: str) -> A | None:
        """The aggregate with that id, for reading."""
        document = await self.core.commits.lookups.find(stored.collection, identifier)
        return None if document is None else stored.aggregate(document)

    async def may(self, action: str) -> bool:
        """Whether the caller has any right to `action`."""
        try:
            await self.scope(action)
        except Forbidden:
            return False
        return True


class Reading(_Entered):
    """A read: what was waited for has been seen."""

    async def load(self, stored: Stored[A], identifier: str, action: str) -> A:
        """An aggregate that the caller has the right to `action`.

        Raises:
            Forbidden: the caller has no such right to anything.
            NotFound: there is none, or it is out of the caller's scope.
        """
        scope = await self.scope(action)
        aggregate = await self.find(stored, identifier)
        if aggregate is None:
            raise NotFound(stored.cls.TYPE, identifier)
        scope.require(aggregate)
        return aggregate

    async def document(self, collection: str, identifier: Any) -> Document | None:
        """A plain document by its id; read together with what others ask for just now."""
        return await self.core.commits.lookups.find(collection, identifier)

    def positions(self) -> list[tuple[str, int]]:
        """What `Tianlong-Wait-For` names: `(<type>:<id>, sequence)`; one's own types as well."""
        header = self.request.headers.get(WAIT_FOR_HEADER)
        return _positions(header) if header else []

    def show(self, body: Any, *, version: int | None = None) -> Response:
        headers = {} if version is None else {"ETag": f'"{version}"'}
        return Response(_json(body), media_type="application/json", headers=headers)

    def page(self, items: Sequence[Any], next_cursor: str | None) -> Response:
        return self.show({"items": items, "next_cursor": next_cursor})


class Commanding(_Entered):
    """A write: one unit of work per request (per item, in a batch)."""

    async def run(
        self,
        decide: Decide[T],
        *,
        shown: Shown,
        created: str | None = None,
        personal: Callable[[Work, str], Awaitable[T]] | None = None,
        of: Callable[[T], Aggregate | None] | None = None,
        secrets: Sequence[str] = (),
    ) -> Response:
        """Carry out one command, once, and answer.

        `shown(result)` (or `shown(result, work)`, or a coroutine) makes the body; `created` is
        the collection's path, for 201 with `Location`. `personal(work, id)` reads the result
        again for a repeated request: then the body, which holds personal data, is not stored.
        `of(result)` names the aggregate whose version and position are told, if the result is
        not one itself. `secrets` are fields that even the request's stored hash knows nothing of.

        Raises:
            Refused: by the command, or IdempotencyKeyRequired, IdempotencyMismatch,
                PreconditionRequired, PreconditionFailed.
        """
        key = self.idempotency_key()
        expected = self._expected_version()
        body = await self.request.body()
        return await _to_the_end(
            self._run_once(
                decide,
                key=key,
                request_hash=_hash(_without(body, secrets)),
                expected=expected,
                shown=shown,
                created=created,
                personal=personal,
                of=of or _itself,
            )
        )

    async def batch(
        self,
        items: list[dict[str, Any]],
        model: type[M],
        decide: Callable[[Work, M], Awaitable[T]],
        *,
        shown: Shown,
        created: str | None = None,
        personal: Callable[[Work, str], Awaitable[T]] | None = None,
        of: Callable[[T], Aggregate | None] | None = None,
        secrets: Sequence[str] = (),
    ) -> Response:
        """Carry out many; one that fails does not fail the others.

        Answers 200 with `{items: [{status, position, resource | problem}]}`, in order. Where the
        model knows a `command_id`, an item that has one is carried out once under it, in whichever
        batch it comes, and its answer is kept for ever: a phone's queue may be sent again.
        """
        key = self.idempotency_key()
        at_once = asyncio.Semaphore(ITEMS_AT_ONCE)

        async def one(index: int, item: dict[str, Any]) -> dict[str, Any]:
            async with at_once:
                try:
                    answer = await self._run_once(
                        lambda work: decide(work, parsed(item)),
                        key=command_id(item) or f"{key}:{index}",
                        is_for_ever=command_id(item) is not None,
                        request_hash=_hash(_without(msgspec.json.encode(item), secrets)),
                        expected=None,
                        shown=shown,
                        created=created,
                        personal=personal,
                        of=of or _itself,
                    )
                except Refused as refusal:
                    answer = problem_response(refusal, self.caller.language)
                except Exception:
                    log.exception("batch.item_failed", index=index)
                    answer = problem_response(Fault(), self.caller.language)
            return _item(answer)

        def command_id(item: dict[str, Any]) -> str | None:
            given = item.get("command_id") if "command_id" in model.model_fields else None
            return f"command:{given}" if isinstance(given, str) else None

        def parsed(item: dict[str, Any]) -> M:
            try:
                return model.model_validate(item)
            except ValidationError as error:
                raise invalid_request(error) from error

        done = await _to_the_end(_gathered([one(n, item) for n, item in enumerate(items)]))
        return Response(_json({"items": done}), media_type="application/json")

    def idempotency_key(self) -> str:
        """The request's key; raises IdempotencyKeyRequired."""
        key = self.request.headers.get("idempotency-key")
        if key is None:
            if self.request.method == "POST":
                raise IdempotencyKeyRequired
            # A PATCH is protected by its version; the request id makes its own answer findable.
            return str(self.request.state.request_id)
        if not _KEY.fullmatch(key):
            raise ValidationFailed(
                FieldError(
                    "/Idempotency-Key",
                    "not-a-key",
                    {
                        CHINESE: "须为 1 到 200 个可见 ASCII 字符",
                        ENGLISH: "must be 1 to 200 visible ASCII characters",
                    },
                )
            )
        return key

    def _expected_version(self) -> int | None:
        given = self.request.headers.get("if-match")
        if given is None:
            if self.request.method == "PATCH":
                raise PreconditionRequired
            return None
        matched = _ETAG.fullmatch(given.strip())
        if matched is None:
            raise ValidationFailed(
                FieldError(
                    "/If-Match",
                    "not-an-etag",
                    {CHINESE: "不是我们的 ETag", ENGLISH: "is not one of our ETags"},
                )
            )
        return int(matched[1])

    async def _run_once(
        self,
        decide: Decide[T],
        *,
        key: str,
        request_hash: str,
        expected: int | None,
        shown: Shown,
        created: str | None,
        personal: Callable[[Work, str], Awaitable[T]] | None,
        of: Callable[[T], Aggregate | None],
        is_for_ever: bool = False,
    ) -> Response:
        identity = self._answer_id(key)
        lock = await _locks.acquire(identity)
        try:
            stored = await self.core.commits.lookups.find(ANSWERS_COLLECTION, identity)
            if stored is not None:
                return await self._again(stored, request_hash, shown, personal)
            made: list[Response] = []

            async def checked(work: Work) -> T:
                result = await decide(work)
                if expected is not None:
                    _require_version(of(result), expected)
                return result

            async def answered(work: Work, outcome: Any) -> Document:
                response = await self._answer(work, outcome, shown, created, of)
                made[:] = [response]
                kept = self._kept(identity, request_hash, response, outcome, of, personal)
                if not is_for_ever:
                    kept["expires_at"] = self.now + ANSWERS_KEPT
                return kept

            await self.core.commits.run(
                checked,
                caller=self.caller,
                correlation=str(self.request.state.request_id),
                traceparent=self.request.headers.get("traceparent"),
                answered=answered,
                may_decide_again=expected is None,
            )
            return made[0]
        finally:
            _locks.release(identity, lock)

    def _answer_id(self, key: str) -> str:
        route = f"{self.request.method} {self.request.url.path}"
        return _hash("\n".join((self.caller.sub, route, key)).encode())

    async def _answer(
        self,
        work: Work,
        outcome: Any,
        shown: Shown,
        created: str | None,
        of: Callable[[Any], Aggregate | None],
    ) -> Response:
        if isinstance(outcome, Refused):
            return problem_response(outcome, self.caller.language)
        headers: dict[str, str] = {}
        about = of(outcome)
        if about is not None:
            headers["ETag"] = f'"{about.version}"'
            headers[POSITION_HEADER] = about.position
            if created:
                headers["Location"] = f"/api/v1{created}/{about.id}"
        return Response(
            _json(await _show(shown, outcome, work)),
            status_code=201 if created else 200,
            media_type="application/json",
            headers=headers,
        )

    def _kept(
        self,
        identity: str,
        request_hash: str,
        response: Response,
        outcome: Any,
        of: Callable[[Any], Aggregate | None],
        personal: Any,
    ) -> Document:
        kept: Document = {
            "_id": identity,
            "request": request_hash,
            "status": response.status_code,
            "headers": {
                name: value for name, value in response.headers.items() if name != "content-length"
            },
        }
        about = None if isinstance(outcome, Refused) else of(outcome)
        if personal is not None and about is not None:
            kept["reference"] = about.id
        else:
            kept["body"] = bytes(response.body)
        return kept

    async def _again(
        self,
        stored: Document,
        request_hash: str,
        shown: Shown,
        personal: Callable[[Work, str], Awaitable[T]] | None,
    ) -> Response:
        """The answer that was given the first time."""
        if stored["request"] != request_hash:
            raise IdempotencyMismatch
        body = stored.get("body")
        if body is None and personal is not None:
            reference = stored["reference"]

            async def read(work: Work) -> bytes:
                return _json(await _show(shown, await personal(work, reference), work))

            body = await self.core.commits.run(read, caller=self.caller)
        return Response(body, status_code=stored["status"], headers=stored["headers"])


async def _enter(request: Request) -> tuple[Core, Caller]:
    core: Core = request.app.state.core
    language = language_of(request.headers.get("accept-language"), core.settings.locale)
    caller = await core.callers.caller(request.headers.get("authorization"), language)
    return core, caller


async def reading(request: Request) -> Reading:
    core, caller = await _enter(request)
    await wait_for_positions(core, request.headers.get(WAIT_FOR_HEADER))
    return Reading(request, core, caller)


async def commanding(request: Request) -> Commanding:
    core, caller = await _enter(request)
    await wait_for_positions(core, request.headers.get(WAIT_FOR_HEADER))
    return Commanding(request, core, caller)


Reader = Annotated[Reading, Depends(reading)]
Door = Annotated[Commanding, Depends(commanding)]


async def wait_for_positions(core: Core, header: str | None) -> None:
    """Return once this service's local copies have seen what `Tianlong-Wait-For` names.

    Raises:
        ValidationFailed: not positions, too many, or of a type that is not followed here.
        Unavailable: not seen within the deadline, or held.
    """
    if not header:
        return
    wanted = _positions(header)
    foreign = [one for one in wanted if one[0].partition(":")[0] not in core.own_types]
    if not foreign:
        return
    if core.wait_for is None:
        raise _not_followed(foreign[0][0])
    await core.wait_for(foreign, core.settings.wait_for_seconds)


def _positions(header: str) -> list[tuple[str, int]]:
    parts = [part.strip() for part in header.split(",") if part.strip()]
    matched = [_POSITION.fullmatch(part) for part in parts]
    if len(parts) > MOST_WAITED_FOR or not all(matched):
        raise ValidationFailed(
            FieldError(
                f"/{WAIT_FOR_HEADER}",
                "not-positions",
                {
                    CHINESE: "须为最多 500 个逗号分隔的位置",
                    ENGLISH: "must be up to 500 positions, separated by commas",
                },
            )
        )
    return [(one[1], int(one[2])) for one in matched if one is not None]


def _not_followed(aggregate: str) -> ValidationFailed:
    kind = aggregate.partition(":")[0]
    return ValidationFailed(
        FieldError(
            f"/{WAIT_FOR_HEADER}",
            "not-followed",
            {CHINESE: f"本服务不跟踪 {kind}", ENGLISH: f"{kind} is not followed here"},
        )
    )


def _require_version(about: Aggregate | None, expected: int) -> None:
    if about is not None and about.stored_version != expected:
        raise PreconditionFailed(about.stored_version)


def _itself(result: Any) -> Aggregate | None:
    return result if isinstance(result, Aggregate) else None


@functools.lru_cache(maxsize=256)
def _wants_work(shown: Shown) -> bool:
    return len(inspect.signature(shown).parameters) > 1


async def _show(shown: Shown, outcome: Any, work: Work) -> Any:
    body = shown(outcome, work) if _wants_work(shown) else shown(outcome)
    return await body if inspect.isawaitable(body) else body


async def _to_the_end(work: Awaitable[T]) -> T:
    """Let a command finish even if its client goes away: a cancelled driver call loses its way."""
    task = asyncio.ensure_future(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)


async def _gathered(items: list[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*items))


def _item(answer: Response) -> dict[str, Any]:
    item: dict[str, Any] = {"status": answer.status_code}
    position = answer.headers.get(POSITION_HEADER)
    if position:
        item["position"] = position
    kind = "resource" if answer.status_code < 400 else "problem"
    item[kind] = msgspec.Raw(bytes(answer.body))
    return item


def _without(body: bytes, secrets: Sequence[str]) -> bytes:
    """A fast hash of a password is as good as the password: it is left out."""
    if not secrets:
        return body
    fields = msgspec.json.decode(body)
    return msgspec.json.encode({name: fields[name] for name in fields if name not in secrets})


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(body: Any) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)
