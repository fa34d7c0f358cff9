"""Every link from one document of ours to another leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "*.md",
    "docs/**/*.md",
    "libs/*/*.md",
    "services/*/*.md",
    "gateway/*.md",
    "deploy/**/*.md",
)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def dead_links(root: Path) -> Iterator[str]:
    for pattern in DOCUMENTS:
        for document in root.glob(pattern):
            for target in LINK.findall(document.read_text(encoding="utf-8")):
                if "://" not in target and not (document.parent / target).exists():
                    yield f"{document.relative_to(root)} → {target}"


def test_every_link_leads_somewhere() -> None:
    assert list(dead_links(ROOT)) == []


def test_a_dead_link_is_caught(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("see [this](docs/that.md) and [web](https://example.org)")
    assert list(dead_links(tmp_path)) == ["README.md → docs/that.md"]
