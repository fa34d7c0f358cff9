"""The HTTP application of a service: its parts, its edge, its problem documents."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pymongo
import structlog
from contracts.values import Money
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from chassis.core import Core, Part
from chassis.edge import Edge, language_of
from chassis.mongo import is_transient
from chassis.openapi import openapi_document
from chassis.problems import (
    CHINESE,
    ENGLISH,
    FieldError,
    Forbidden,
    NotFound,
    Refused,
    TooLarge,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)

log = structlog.get_logger()
PROBLEM_JSON = "application/problem+json"
LARGEST_INTEGER = 2**53
LARGEST_AMOUNT = Decimal(10) ** 13
LONGEST_TEXT = 20_000
_KEPT_CONTROLS = frozenset("\n\r\t")


def printable(text: str) -> str:
    """Refuse control characters and half surrogates: they break exports, logs and databases."""
    for character in text:
        number = ord(character)
        if (number < 0x20 and character not in _KEPT_CONTROLS) or number == 0x7F:
            raise ValueError("control characters are not allowed")
        if 0xD800 <= number <= 0xDFFF:
            raise ValueError("not valid Unicode")
    return text


class RequestModel(BaseModel):
    """A request body: unknown fields are refused, texts are printable, numbers are bounded."""

    model_config = ConfigDict(extra="forbid", str_max_length=LONGEST_TEXT, allow_inf_nan=False)

    @field_validator("*", mode="after")
    @classmethod
    def _is_bounded(cls, value: Any) -> Any:
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ValueError("the number is too large")
        if isinstance(value, list):
            for one in value:
                if isinstance(one, str):
                    printable(one)
        return value


def _two_places(amount: Decimal) -> Decimal:
    if not amount.is_finite() or abs(amount) >= LARGEST_AMOUNT:
        raise ValueError("the amount is too large")
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError("an amount has two decimal places at most")
    return amount.quantize(Decimal("0.01"))


Amount = Annotated[Decimal, AfterValidator(_two_places)]


class MoneyIn(RequestModel):
    """An amount as a client gives it: a decimal string, and an ISO 4217 code."""

    amount: Amount
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")

    @property
    def value(self) -> Money:
        return Money(self.amount, self.currency)


class BatchIn(RequestModel):
    """Many at once; each item is judged by itself."""

    items: list[dict[str, Any]] = Field(min_length=1, max_length=500)


def create_app(
    core: Core,
    *,
    routers: Sequence[APIRouter],
    parts: Sequence[Part] = (),
    title: str | None = None,
    streamed: Sequence[str] = ("/api/v1/imports", "/api/v1/files"),
) -> FastAPI:
    """A service as one ASGI application.

    `streamed` are paths whose bodies are read piece by piece and bounded by their own endpoint.
    """
    running = [part for part in parts if part.role in core.settings.roles]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await core.start()
        started: list[Part] = []
        try:
            for part in running:
                await part.start()
                started.append(part)
            yield
        finally:
            for part in reversed(started):
                await part.stop()
            await core.stop()

    app = FastAPI(
        title=title or f"Tianlong {core.name}",
        version="1",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.core = core
    for router in routers:
        app.include_router(router, prefix="/api/v1")
    app.include_router(_health(core, running))
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]
    _tell_problems(app, core.settings.locale)
    app.add_middleware(Edge, locale=core.settings.locale, streamed=tuple(streamed))
    return app


def problem_response(refusal: Refused, language: str) -> Response:
    return Response(
        msgspec.json.encode(refusal.document(language)),
        status_code=refusal.status,
        media_type=PROBLEM_JSON,
        headers=refusal.headers,
    )


def _health(core: Core, running: Sequence[Part]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/health/ready")
    async def ready() -> Response:
        waiting = [type(part).__name__ for part in running if not part.ready()]
        try:
            with pymongo.timeout(1):
                await core.db.command("ping")
        except PyMongoError:
            waiting.append("MongoDB")
        return Response(
            msgspec.json.encode({"status": "waiting" if waiting else "ready", "for": waiting}),
            status_code=503 if waiting else 200,
            media_type="application/json",
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


Tell = Callable[[Request, Exception], Awaitable[Response]]


def _tell_problems(app: FastAPI, locale: str) -> None:
    def telling(translate: Callable[[Any], Refused]) -> Tell:
        async def tell(request: Request, error: Exception) -> Response:
            language = language_of(request.headers.get("accept-language"), locale)
            return problem_response(translate(error), language)

        return tell

    app.add_exception_handler(Refused, telling(lambda refusal: refusal))
    app.add_exception_handler(RequestValidationError, telling(invalid_request))
    app.add_exception_handler(HTTPException, telling(_from_http))
    app.add_exception_handler(PyMongoError, telling(_from_database))
    app.add_exception_handler(Exception, telling(_fault))


_REASONS = {
    "missing": {CHINESE: "必填", ENGLISH: "is required"},
    "extra_forbidden": {CHINESE: "未知字段", ENGLISH: "is not a known field"},
    "json_invalid": {CHINESE: "不是有效的 JSON", ENGLISH: "is not valid JSON"},
    "string_too_long": {CHINESE: "过长", ENGLISH: "is too long"},
    "string_too_short": {CHINESE: "过短", ENGLISH: "is too short"},
}


def invalid_request(error: Any) -> ValidationFailed:
    """What Pydantic found, told by field (`error` has Pydantic's `.errors()`)."""
    return ValidationFailed([_field_error(one) for one in error.errors()[:100]])


def _field_error(found: Any) -> FieldError:
    location = [str(part) for part in found["loc"]]
    if location and location[0] in {"body", "query", "path", "header"}:
        location = location[1:]
    pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in location)
    code = str(found["type"])
    message = _REASONS.get(code) or {
        CHINESE: f"无效：{found['msg']}",
        ENGLISH: str(found["msg"]),
    }
    return FieldError(pointer, code.replace("_", "-"), message)


class MethodNotAllowed(Refused):
    slug, status, is_rule = "method-not-allowed", 405, False
    titles = {CHINESE: "不支持该方法", ENGLISH: "This method is not supported here"}


class Fault(Refused):
    """Our own mistake. The log has the reason; the caller gets none of it."""

    slug, status, is_rule = "fault", 500, False
    titles = {CHINESE: "系统内部错误", ENGLISH: "Something went wrong on our side"}


def _from_http(error: HTTPException) -> Refused:
    known: dict[int, Callable[[], Refused]] = {
        401: Unauthenticated,
        403: Forbidden,
        404: NotFound,
        405: MethodNotAllowed,
        413: TooLarge,
    }
    if error.status_code in known:
        return known[error.status_code]()
    if error.status_code < 500:
        return ValidationFailed([], detail=str(error.detail))
    return Fault()


def _from_database(error: PyMongoError) -> Refused:
    if is_transient(error):
        return Unavailable(
            {CHINESE: "数据库暂时不可用", ENGLISH: "the database does not answer"}, retry_after=2
        )
    return _fault(error)


def _fault(error: Exception) -> Refused:
    log.error("request.failed", exc_info=error)
    return Fault()
