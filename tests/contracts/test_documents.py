"""Generated documents are what the code says; the failure's message is the remedy."""

import json
from pathlib import Path

import pytest
from chassis import published
from contracts import reference
from contracts.schemas import EXAMPLES, REMEDY, ROOT, SCHEMAS
from contracts.topics import SERVICES, TOPICS
from openapi_spec_validator import validate

PACKAGES = [*SERVICES, "gateway"]
FOLDERS = {name: ROOT.parents[1] / "services" / name for name in SERVICES} | {
    "gateway": ROOT.parents[1] / "gateway"
}


def test_the_events_reference_is_fresh(tmp_path: Path) -> None:
    assert reference.main(["--check"]) == 0, REMEDY
    (tmp_path / "events.md").write_text("old")
    assert reference.main(["--check"], tmp_path / "events.md") == 1


def test_what_services_publish_about_themselves_is_fresh() -> None:
    wrong = published.stale(published.documents(PACKAGES))
    assert not wrong, f"{wrong}: {REMEDY}"


def test_a_document_that_is_out_of_date_is_noticed(tmp_path: Path) -> None:
    wanted = {tmp_path / "asyncapi.json": b"{}", tmp_path / "openapi.json": b"{}"}
    (tmp_path / "asyncapi.json").write_bytes(b"{}")
    assert published.stale(wanted) == [tmp_path / "openapi.json"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_openapi_document_is_valid(package: str) -> None:
    validate(json.loads((FOLDERS[package] / "openapi.json").read_bytes()))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_asyncapi_document_names_real_topics_and_real_schemas(package: str) -> None:
    folder = FOLDERS[package]
    document = json.loads((folder / "asyncapi.json").read_bytes())
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) <= set(TOPICS)
    for name, message in document["components"]["messages"].items():
        schema = (folder / message["payload"]["schema"]["$ref"]).resolve()
        assert schema == ROOT / SCHEMAS / f"{name}.json"
        assert schema.exists()
        assert (ROOT / EXAMPLES / name).is_dir()
    for operation in document["operations"].values():
        topic = operation["channel"]["$ref"].removeprefix("#/channels/")
        assert topic in document["channels"]
