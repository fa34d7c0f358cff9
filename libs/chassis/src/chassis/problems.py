"""Refusals, and how they are told: RFC 9457 problem documents in the caller's language.

    Refused
    ├── ValidationFailed 400            ├── Conflict 409
    ├── IdempotencyKeyRequired 400      ├── Duplicate 409
    ├── Unauthenticated 401             ├── PreconditionFailed 412
    ├── Forbidden 403                   ├── TooLarge 413
    ├── NotFound 404                    ├── IdempotencyMismatch 422
    ├── PreconditionRequired 428        ├── RateLimited 429
    └── Unavailable 503

A service adds its own by subclassing `Refused` with a slug, a status and titles.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

CHINESE, ENGLISH = "zh-CN", "en"
Text = Mapping[str, str]


class FieldError(NamedTuple):
    """What is wrong with one field: a JSON pointer, a stable code, and words."""

    pointer: str
    code: str
    message: str | Text

    def told(self, language: str) -> dict[str, str]:
        return {
            "pointer": self.pointer,
            "code": self.code,
            "message": in_language(self.message, language),
        }


def in_language(text: str | Text, language: str) -> str:
    if isinstance(text, str):
        return text
    return text.get(language) or text.get(ENGLISH) or next(iter(text.values()))


class Refused(Exception):
    """A request that is understood and not carried out. Changes nothing.

    `is_rule`: refused by a rule about the request itself, so that the same request, repeated with
    its idempotency key, gets the same answer; faults of the moment are not stored.
    """

    slug: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    titles: ClassVar[Text] = {CHINESE: "请求被拒绝", ENGLISH: "The request was refused"}
    is_rule: ClassVar[bool] = True

    def __init__(
        self,
        detail: str | Text = "",
        *,
        errors: list[FieldError] | None = None,
        members: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(in_language(detail, ENGLISH) or self.slug)
        self.detail = detail
        self.errors = errors or []
        self.members = members or {}
        self.headers = headers or {}

    def document(self, language: str) -> dict[str, Any]:
        """The problem document; `members` beside the standard ones, which they never displace."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "title": in_language(self.titles, language),
            "status": self.status,
        }
        detail = in_language(self.detail, language)
        if detail:
            document["detail"] = detail
        if self.errors:
            document["errors"] = [error.told(language) for error in self.errors]
        told = {name: _in_words(value, language) for name, value in self.members.items()}
        return document | {name: value for name, value in told.items() if name not in document}


class Words(dict[str, str]):
    """A text in several languages inside a problem's members; told in the caller's."""


def _in_words(value: Any, language: str) -> Any:
    if isinstance(value, Words):
        return in_language(value, language)
    if isinstance(value, dict):
        return {name: _in_words(inner, language) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_words(inner, language) for inner in value]
    return value


class ValidationFailed(Refused):
    slug, status = "validation", 400
    titles: ClassVar[Text] = {CHINESE: "输入有误", ENGLISH: "The input is not valid"}

    def __init__(
        self, errors: list[FieldError] | FieldError, detail: str | Text = "", **more: Any
    ) -> None:
        listed = [errors] if isinstance(errors, FieldError) else errors
        super().__init__(detail, errors=listed, **more)


class IdempotencyKeyRequired(Refused):
    slug, status, is_rule = "idempotency-key-required", 400, False
    titles: ClassVar[Text] = {
        CHINESE: "缺少 Idempotency-Key",
        ENGLISH: "An Idempotency-Key header is required",
    }


class Unauthenticated(Refused):
    slug, status, is_rule = "unauthenticated", 401, False
    titles: ClassVar[Text] = {CHINESE: "请先登录", ENGLISH: "Sign in first"}

    def __init__(self, detail: str | Text = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Refused):
    slug, status, is_rule = "forbidden", 403, False
    titles: ClassVar[Text] = {CHINESE: "没有权限", ENGLISH: "You may not do this"}


class NotFound(Refused):
    """Also for what exists but may not be seen: the difference is not told."""

    slug, status, is_rule = "not-found", 404, False
    titles: ClassVar[Text] = {CHINESE: "找不到", ENGLISH: "Not found"}

    def __init__(self, kind: str = "", identifier: str = "") -> None:
        what = f"{kind} {identifier}".strip()
        super().__init__({CHINESE: f"没有 {what}", ENGLISH: f"no {what}"} if what else "")


class Conflict(Refused):
    """Somebody else changed it meanwhile; `current_version` is what it is now."""

    slug, status, is_rule = "conflict", 409, False
    titles: ClassVar[Text] = {
        CHINESE: "与他人的修改冲突",
        ENGLISH: "It was changed by somebody else",
    }

    def __init__(self, detail: str | Text = "", *, current_version: int | None = None) -> None:
        members = {} if current_version is None else {"current_version": current_version}
        super().__init__(detail, members=members)


class Duplicate(Refused):
    """It exists already; told is its owner, not its content."""

    slug, status = "duplicate", 409
    titles: ClassVar[Text] = {CHINESE: "已存在", ENGLISH: "It exists already"}


class PreconditionFailed(Refused):
    slug, status, is_rule = "precondition-failed", 412, False
    titles: ClassVar[Text] = {
        CHINESE: "记录已被修改",
        ENGLISH: "It is not the version you have seen",
    }

    def __init__(self, current_version: int) -> None:
        super().__init__(
            {
                CHINESE: f"当前版本为 {current_version}",
                ENGLISH: f"the current version is {current_version}",
            },
            members={"current_version": current_version},
        )


class TooLarge(Refused):
    slug, status, is_rule = "too-large", 413, False
    titles: ClassVar[Text] = {CHINESE: "内容过大", ENGLISH: "It is too large"}


class IdempotencyMismatch(Refused):
    slug, status, is_rule = "idempotency-mismatch", 422, False
    titles: ClassVar[Text] = {
        CHINESE: "Idempotency-Key 已用于另一请求",
        ENGLISH: "This Idempotency-Key was used for another request",
    }


class PreconditionRequired(Refused):
    slug, status, is_rule = "precondition-required", 428, False
    titles: ClassVar[Text] = {CHINESE: "缺少 If-Match", ENGLISH: "An If-Match header is required"}


class RateLimited(Refused):
    slug, status, is_rule = "rate-limited", 429, False
    titles: ClassVar[Text] = {CHINESE: "请求过于频繁", ENGLISH: "Too many requests"}


class Unavailable(Refused):
    """Try again after `retry_after` seconds; nothing was changed, as far as is known."""

    slug, status, is_rule = "unavailable", 503, False
    titles: ClassVar[Text] = {CHINESE: "暂时不可用", ENGLISH: "Not available right now"}

    def __init__(self, detail: str | Text = "", *, retry_after: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
