"""Why something was not imported: told to the author, with nothing saved."""

from pathlib import Path


class ImportRefused(Exception):
    """A source that cannot become zones. `problems` holds what is wrong, each with what would be right.

    Each is a `Reason` where a page may show it.
    """

    def __init__(self, source: Path | str, *problems: str) -> None:
        self.source = source if isinstance(source, str) else source.name
        self.problems = problems
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))
