"""Where in a JSON text the members of a list stand, looked up only when one of them is at fault."""

import json
import re


def member_places(text: str, name: str) -> list[tuple[int, int]]:
    """Line and column, from 1, of each member of the first list called `name`; the text must be valid
    JSON."""
    start = re.search(rf'"{name}"\s*:\s*\[', text)
    at, places = start.end() if start else len(text), []
    line, line_start = 1, 0
    decode = json.JSONDecoder().raw_decode
    while (at := _past_commas(text, at)) < len(text) and text[at] != "]":
        line += text.count("\n", line_start, at)
        line_start = max(line_start, text.rfind("\n", 0, at) + 1)
        places.append((line, at - line_start + 1))
        _, at = decode(text, at)
    return places


def _past_commas(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at
