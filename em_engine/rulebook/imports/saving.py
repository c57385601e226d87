"""New zones into a rulebook's folder: the whole file or nothing, and only where the rulebook still stands."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from em_engine.rulebook.imports.refusal import ImportRefused
from em_engine.rulebook.imports.zones import Made
from em_engine.rulebook.loader import check_files
from em_engine.rulebook.memory import Memory
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.sources import FILE_BYTES_MAX, read_folder


def file_of(made: Sequence[Made]) -> bytes:
    """The zones as a file of a rulebook: one a line, so that a change of one is a change of one line."""
    lines = ",\n  ".join(json.dumps(one.feature, ensure_ascii=False) for one in made)
    return f'{{"type": "FeatureCollection", "features": [\n  {lines}\n]}}\n'.encode()


def save(folder: Path, name: str, made: Sequence[Made], *, replace: bool) -> Path:
    """Write `zones/<name>.geojson` if the rulebook is right with it.

    Raises ImportRefused, with nothing written.
    """
    target = folder / "zones" / f"{name}.geojson"
    if target.exists() and not replace:
        raise ImportRefused(target, "the file is there already; --replace writes it anew, --as NAME another")
    content = file_of(made)
    if len(content) > FILE_BYTES_MAX:
        raise ImportRefused(
            target,
            f"the file would have {len(content) / 1e6:.0f} MB, too many; simplify with --simplify-m",
        )
    _check(folder, target, content)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".import-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
    return target


def _check(folder: Path, target: Path, content: bytes) -> None:
    """What the new file would bring: errors the rulebook had before are not its fault."""
    findings = Findings(prefix=str(folder))
    before = read_folder(folder, findings) if folder.is_dir() and any(folder.iterdir()) else {}
    new = new_errors(before, f"zones/{target.name}", content, where=str(folder))
    if new:
        raise ImportRefused(target, "nothing is saved, for the rulebook would be refused:", *new)


def new_errors(
    before: Mapping[str, bytes], name: str, content: bytes, *, where: str = "", memory: Memory | None = None
) -> list[str]:
    """What would be wrong with these files only with that one among them; `where` stands before names."""
    new = _errors({**before, name: content}, where, memory)
    if new and before:
        new -= _errors({key: value for key, value in before.items() if key != name}, where, memory)
    return sorted(new)


def _errors(files: Mapping[str, bytes], where: str, memory: Memory | None) -> set[str]:
    _, problems = check_files(files, where, memory=memory)
    return {problem.spoken() for problem in problems if problem.severity == "error"}
