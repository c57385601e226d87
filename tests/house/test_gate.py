"""The gate is one: CI runs what the README tells people to run, and every script is one a shell can read."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.house import ROOT, sources

SCRIPTS = [source.path for source in sources(".sh", ".ci/run")]


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_can_be_read_by_any_shell(path: str) -> None:
    sh = shutil.which("sh")
    assert sh
    read = subprocess.run([sh, "-n", path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert read.returncode == 0, f"{path}: {read.stderr}"


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_stops_at_the_first_failure_and_can_be_started(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n"), f"{path}:1: begin with #!/bin/sh"
    assert re.search(r"^set -eu$", text, flags=re.MULTILINE), f"{path}: set -eu, before anything is done"
    assert (ROOT / path).stat().st_mode & 0o111, f"{path}: chmod +x"


def test_ci_runs_the_readme_s_test_command() -> None:
    done = [line for line in commands_of(ROOT / ".ci" / "run") if not line.startswith(("set ", "cd "))]
    assert done == ["exec make test"], f".ci/run does {done}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make test" in readme, "README.md does not say how the tests are run"


def commands_of(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def test_every_target_of_the_makefile_that_the_readme_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)`", readme)) | set(
        re.findall(r"^\$ make ([a-z]+)", readme, re.MULTILINE)
    )
    assert named <= targets, (
        f"README.md names make {sorted(named - targets)}, which the Makefile does not know"
    )


def test_the_gate_checks_format_lint_types_and_tests() -> None:
    gate = "\n".join(commands_of(ROOT / "deploy" / "check.sh") + commands_of(ROOT / "deploy" / "test.sh"))
    for tool in ("ruff format", "ruff check", "mypy", "pytest", "deploy/check.sh"):
        assert tool in gate, f"deploy/test.sh no longer runs {tool}"
