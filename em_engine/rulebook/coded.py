"""Refusals with a code, so that a page can say them in its reader's language."""


class Coded(Exception):
    """Something refused: the English text, its code, and the values the text speaks of, in their order."""

    def __init__(self, code: str, text: str, *values: str | int) -> None:
        self.code, self.values = code, values
        super().__init__(text)
