"""What is generated is what the code says; what can be refused is explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from chassis.scopes import LEVELS, granted_level
from gateway.main import Settings, create_app
from gateway.rights import READ_ACTIONS
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway import grants, openapi, problem_pages, routes

if TYPE_CHECKING:
    from conftest import Gateway

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("services", "libs/chassis", "gateway")
    for path in (ROOT / folder).rglob("src/**/*.py")
]


def test_the_merged_interface_is_up_to_date() -> None:
    own = openapi.own_document(create_app(Settings()))
    wanted = openapi.written(own, ROOT / "services")
    committed = (ROOT / "gateway" / "openapi.json").read_text(encoding="utf-8")
    assert committed == wanted, "run `make schemas` and commit the result"


def test_the_merged_interface_is_valid_and_whole() -> None:
    document = openapi.published()
    OpenAPIV31SpecValidator(document).validate()
    words = {path.split("/")[3] for path in document["paths"]}
    assert set(routes.COLLECTIONS) <= words
    operations = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(operations) == len(set(operations))


def test_a_schema_that_means_two_things_gets_two_names() -> None:
    own = {"openapi": "3.1.0", "info": {"version": "1"}, "paths": {}, "components": {}}

    def service(kind: str) -> dict[str, object]:
        reference = {"$ref": "#/components/schemas/Thing"}
        return {
            "paths": {f"/api/v1/{kind}": {"get": {"operationId": "x", "responses": reference}}},
            "components": {"schemas": {"Thing": {"type": kind}}},
        }

    merged = openapi.merged(own, {"field": service("string"), "pipeline": service("integer")})
    assert merged["components"]["schemas"] == {
        "PipelineThing": {"type": "integer"},
        "Thing": {"type": "string"},
    }
    told = merged["paths"]["/api/v1/integer"]["get"]
    assert told["responses"]["$ref"].endswith("/PipelineThing")
    assert told["operationId"] == "x_pipeline"


def test_the_guide_to_grants_is_up_to_date() -> None:
    committed = (ROOT / "docs" / "guides" / "grants.md").read_text(encoding="utf-8")
    wanted = grants.as_table(grants.DEFAULT)
    assert committed == wanted, "run `python -m gateway.grants` and commit the result"


def test_every_right_that_the_code_asks_for_is_given_to_somebody() -> None:
    collections = {*routes.COLLECTIONS, "imports", "operations", "accounts", "events"}
    asked = {
        action
        for path in SOURCES
        for action in re.findall(r'"([a-z-]+:[a-z-]+)"', path.read_text(encoding="utf-8"))
        if action.partition(":")[0] in collections
    }
    assert len(asked) > 20
    roles = tuple(grants.DEFAULT)
    assert [one for one in sorted(asked) if granted_level(grants.DEFAULT, roles, one) is None] == []


def test_grants_name_levels_that_exist() -> None:
    assert grants.flaws(grants.DEFAULT) == []
    assert grants.flaws({"rep": {"x": "own", "y:z": "everywhere"}}) != []


def test_the_default_matrix_says_what_the_roles_are_for() -> None:
    def level(role: str, action: str) -> str | None:
        return granted_level(grants.DEFAULT, (role,), action)

    assert level("rep", "opportunities:read") == "shared"
    assert level("rep", "opportunities:advance") == "own"
    assert level("rep", "opportunities:waive") is None
    assert level("rep", "visit-plans:approve") is None
    assert level("rep", "kpis:read") == "own"
    for role in ("supervisor", "manager"):
        assert level(role, "opportunities:waive") == "below"
        assert level(role, "visit-plans:approve") == "below"
    for role in ("director", "general_manager"):
        assert level(role, "kpis:read") == "all"
    assert level("customer_operations", "customers:write") == "all"
    for action in ("customers:read", "opportunities:read", "kpis:read", "contacts:read"):
        assert level("admin", action) is None
    for action in ("imports:run", "imports:history", "accounts:write", "operations:run"):
        assert level("admin", action) == "all"
    for table in grants.DEFAULT.values():
        assert set(table.values()) <= set(LEVELS)


def test_an_integrator_reads_and_writes_nothing_but_exchange_rates() -> None:
    more_than_reading = {
        action for action in grants.DEFAULT["integrator"] if not action.endswith(":read")
    }
    assert more_than_reading == {"customers:check-duplicates", "exchange-rates:write"}


def test_every_event_type_has_a_right_that_shows_it() -> None:
    from contracts.schemas import event_types

    kinds = {event_type.aggregate for event_type in event_types()}
    assert kinds - set(READ_ACTIONS) == set()


def test_every_refusal_is_explained() -> None:
    named = re.compile(r'^\s+slug\b[^=\n]*= "([a-z-]+)"', re.MULTILINE)
    slugs = {slug for path in SOURCES for slug in named.findall(path.read_text("utf-8"))}
    assert len(slugs) > 15
    assert slugs - {"refused"} - set(problem_pages.PROBLEMS) == set()


async def test_pages_about_problems_schemas_and_the_interface(gateway: Gateway) -> None:
    client = gateway.client
    for path, words in (
        ("/problems/gate-closed", "推进条件"),
        ("/problems", "idempotency-key-required"),
        ("/api/v1/docs", "/api/v1/opportunities"),
        ("/api/v1/openapi.json", '"openapi"'),
        ("/schemas/tianlong.opportunity.won.v1.json", "opportunity_id"),
        ("/schemas/headers.json", "ce_id"),
    ):
        answer = await client.get(f"http://gateway{path}")
        assert answer.status_code == 200, path
        assert words in answer.text
    for path in ("/problems/nothing", "/schemas/nothing.json"):
        assert (await client.get(f"http://gateway{path}")).status_code == 404
    assert (await client.get("http://gateway/docs")).headers["location"] == "/api/v1/docs"


async def test_grants_are_published_and_fetched_again_only_when_changed(gateway: Gateway) -> None:
    path = "http://gateway/.well-known/tianlong-grants.json"
    first = await gateway.client.get(path)
    assert first.json() == grants.DEFAULT
    again = await gateway.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
