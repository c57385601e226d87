"""The place itself that a problem is told of: its line, and a caret under the column."""

from typing import Final

_WIDTH: Final = 100
"""Characters of a line that are shown: a zone's ring can be a hundred thousand long."""
_BEFORE: Final = 60


def excerpt(line: str, number: int, column: int) -> tuple[str, str]:
    """A line of a file with its number, and a caret under the column (from 1); a long line is cut."""
    start = max(0, column - 1 - _BEFORE) if len(line) > _WIDTH else 0
    cut = line[start : start + _WIDTH]
    before, after = ("…" if start else ""), ("…" if start + _WIDTH < len(line) else "")
    margin = f"  {number} | "
    lead = cut[: column - 1 - start]
    under = before.replace("…", " ") + "".join("\t" if sign == "\t" else " " for sign in lead)
    return f"{margin}{before}{cut}{after}", f"{' ' * (len(margin) - 2)}| {under}^"
