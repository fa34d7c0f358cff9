"""A service's parts of a view: read together, each judged by itself."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

from chassis.door import Reading
from chassis.problems import Forbidden, NotFound
from chassis.view_parts import gathered
from fastapi import Response


def a_reader(**query: str) -> Reading:
    return cast(Reading, SimpleNamespace(request=SimpleNamespace(query_params=query)))


async def said(text: str) -> Response:
    return Response(text.encode())


async def refused(refusal: Exception) -> Response:
    raise refusal


async def shown(response: Response) -> dict[str, Any]:
    parts: dict[str, Any] = json.loads(bytes(response.body))
    return parts


async def test_parts_are_what_the_endpoints_say() -> None:
    answer = await gathered(a_reader(), {"one": said('{"a":1}'), "none": said("")})
    assert await shown(answer) == {
        "one": {"status": 200, "body": {"a": 1}},
        "none": {"status": 200, "body": None},
    }


async def test_a_part_that_is_refused_or_fails_leaves_the_others_alone() -> None:
    answer = await gathered(
        a_reader(),
        {
            "mine": said("1"),
            "secret": refused(Forbidden()),
            "gone": refused(NotFound()),
            "broken": refused(ValueError("x")),
        },
    )
    statuses = {name: part["status"] for name, part in (await shown(answer)).items()}
    assert statuses == {"mine": 200, "secret": 403, "gone": 404, "broken": 500}


async def test_a_late_part_is_not_waited_for_and_not_cancelled() -> None:
    done = asyncio.Event()
    goes_on = asyncio.Event()

    async def late() -> Response:
        await goes_on.wait()
        done.set()
        return Response(b"1")

    answer = await gathered(a_reader(seconds="0.05"), {"late": late(), "quick": said("2")})
    assert {name: part["status"] for name, part in (await shown(answer)).items()} == {
        "late": 504,
        "quick": 200,
    }
    goes_on.set()
    async with asyncio.timeout(5):
        await done.wait()


async def test_a_deadline_that_makes_no_sense_is_the_usual_one() -> None:
    for seconds in ("", "x", "nan", "-1", "0", "1e9", "inf"):
        answer = await gathered(a_reader(seconds=seconds), {"one": said("1")})
        assert (await shown(answer))["one"]["status"] == 200
