"""The import rules of `.importlinter`, shown to bite: a break is planted in a copy each time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("libs/*/src", "services/*/src", "gateway/src", "deploy/local/src")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All our packages side by side, and nothing else."""
    folder = tmp_path_factory.mktemp("sources")
    for pattern in SOURCES:
        for source in ROOT.glob(pattern):
            for package in source.iterdir():
                if (package / "__init__.py").exists():
                    shutil.copytree(
                        package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__")
                    )
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    """Import-linter on the copies: the packages in the working folder come first on the path."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_arrows_hold(original: Path) -> None:
    answer = checked(original)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("field/visits/odds_and_ends.py", "", "field.visits.odds_and_ends"),
        ("field/visits/model.py", "import pymongo", "field.visits.model -> pymongo"),
        ("field/visits/model.py", "from contracts import field", "-> contracts.field"),
        ("field/visits/commands.py", "from contracts import field", "-> contracts.field"),
        ("field/visits/store.py", "from field.visits import commands", "-> field.visits.commands"),
        ("field/visits/api.py", "import pymongo", "field.visits.api -> pymongo"),
        ("field/main.py", "import pipeline.settings", "field.main -> pipeline.settings"),
        ("gateway/views.py", "import pipeline.settings", "gateway.views -> pipeline.settings"),
        ("chassis/clock.py", "import field.policy", "chassis.clock -> field.policy"),
    ],
)
def test_an_arrow_the_wrong_way_is_caught(
    original: Path, tmp_path: Path, module: str, line: str, told: str
) -> None:
    copy = tmp_path / "sources"
    shutil.copytree(original, copy)
    with (copy / module).open("a") as file:
        file.write(f"\n{line}\n")
    answer = checked(copy)
    assert answer.returncode == 1, answer.stdout
    assert told in answer.stdout.replace("\n", " ")
