"""Names that say nothing, and habits that tests must not have, found by looking at the files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("libs", "services", "gateway", "deploy", "tests")

# A file with such a name has no subject, so everything ends up in it: it grows past all bounds, and
# nobody finds anything by its name.
EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "manager",
    "service",
    "misc",
    "types",
}
# What a class is made for is in its docstring; these say how it is made.
EMPTY_SUFFIXES = ("Impl", "Dto", "DTO", "Interface", "Handler", "Manager", "Helper")
# A test that names what it replaces breaks when that is renamed and passes when it is not used.
PATCHED = re.compile(r"monkeypatch\.setattr\(|mocker\.patch|mock\.patch|@patch\(")
SWITCHED_OFF = re.compile(r"pytest\.mark\.(skip|xfail)|pytest\.skip\(|pytest\.xfail\(")


def python_files(root: Path = ROOT) -> Iterator[Path]:
    for folder in SOURCES:
        yield from (
            path
            for path in sorted((root / folder).rglob("*.py"))
            if not {".venv", "node_modules", ".tianlong", ".cache"} & set(path.parts)
        )


def empty_names(path: Path, text: str) -> list[str]:
    """Modules, folders and classes whose name says nothing."""
    found = [f"{path}: {part}" for part in (path.stem, path.parent.name) if part in EMPTY_NAMES]
    found += [
        f"{path}:{node.lineno}: {node.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_SUFFIXES)
    ]
    return found


def bad_habits(path: Path, text: str) -> list[str]:
    if "tests" not in path.parts or path.name == Path(__file__).name:
        return []
    return [
        f"{path}:{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), start=1)
        if PATCHED.search(line) or SWITCHED_OFF.search(line)
    ]


def test_every_module_and_class_has_a_name_that_says_something() -> None:
    found = [one for path in python_files() for one in empty_names(path, path.read_text())]
    assert not found, f"name it after what it holds: {found}"


def test_no_test_patches_by_name_or_is_switched_off() -> None:
    found = [one for path in python_files() for one in bad_habits(path, path.read_text())]
    assert not found, f"swap an edge instead (a clock, a transport), or mend the test: {found}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/field/src/field/utils.py", ""),
        ("services/field/src/field/common/api.py", ""),
        ("services/field/src/field/visits/model.py", "class VisitManager: ..."),
    ],
)
def test_a_name_that_says_nothing_is_caught(path: str, text: str) -> None:
    assert len(empty_names(Path(path), text)) == 1


@pytest.mark.parametrize(
    "line", ['monkeypatch.setattr("field.clock", 1)', "@pytest.mark.skip", 'pytest.skip("later")']
)
def test_a_bad_habit_is_caught(line: str) -> None:
    assert len(bad_habits(Path("services/field/tests/test_model.py"), line)) == 1
