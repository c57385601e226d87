"""Refusals with a code, so that a page can say them in its reader's language."""


class Reason(str):
    """One reason of a refusal that has several: its English text, with its code and values beside it."""

    code: str
    values: tuple[str | int, ...]

    def __new__(cls, code: str, text: str, *values: str | int) -> "Reason":
        """The text is the string; what it speaks of stands in `values`, in order."""
        reason = super().__new__(cls, text)
        reason.code, reason.values = code, values
        return reason


class Coded(Exception):
    """Something refused: the English text, its code, and the values the text speaks of, in their order."""

    def __init__(self, code: str, text: str, *values: str | int) -> None:
        self.code, self.values = code, values
        super().__init__(text)
