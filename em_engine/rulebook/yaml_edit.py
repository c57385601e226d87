"""One value of a YAML text changed, and every other character left as its author wrote it.

The text is cut where the value stands, by the parser's own marks; comments, order and layout around it stay.
What comes out is read again and must say exactly what was asked for, else nothing is changed.
"""

import copy
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from em_engine.rulebook.coded import Coded
from em_engine.rulebook.problems import Findings
from em_engine.rulebook.yaml_tree import read_yaml

Step = str | int
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]+)?")
_WORDS: Final = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


class EditRefused(Coded):
    """The value cannot be changed so; the text says why."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """The stretch of a text that goes, and what comes in its place."""

    start: int
    end: int
    text: str


def with_value(text: str, at: Sequence[Step], value: Any) -> str:
    """The text with the value under `at`; a key or item not there yet is added. Raises EditRefused."""
    old = _value(_read(text), at)
    if not (isinstance(old, list) and isinstance(value, list) and old and value):
        return _edited(text, at, value, is_gone=False)
    # Item by item, so that what is written beside those that stay is kept.
    for index, one in enumerate(value):
        if index >= len(old) or old[index] != one:
            text = with_value(text, (*at, index), one)
    for index in range(len(old) - 1, len(value) - 1, -1):
        text = without_value(text, (*at, index))
    return text


def without_value(text: str, at: Sequence[Step]) -> str:
    """The text without the key or item under `at`. Raises EditRefused."""
    return _edited(text, at, None, is_gone=True)


def _edited(text: str, at: Sequence[Step], value: Any, *, is_gone: bool) -> str:
    before = _read(text)
    if before is None:
        raise EditRefused("edit.unreadable", "the file cannot be read as it stands: mend its text first")
    wanted = copy.deepcopy(before)
    _change(wanted, at, value, is_gone=is_gone)
    holder = _holder(yaml.compose(text, Loader=yaml.SafeLoader), at)
    if is_gone:
        cut = _removal(text, holder, at[-1])
    elif _child(holder, at[-1]) is None:
        cut = _addition(text, holder, at[-1], value)
    else:
        cut = _replacement(text, holder, at[-1], value)
    made = text[: cut.start] + cut.text + text[cut.end :]
    if _read(made) != wanted:
        raise EditRefused(
            "edit.entangled",
            f"{_shown(at)} cannot be changed without writing the file anew: change its text",
            _shown(at),
        )
    return made


def _read(text: str) -> Any:
    """The text as plain values; None where it cannot be read."""
    findings = Findings()
    document = read_yaml("", text, findings)
    return None if document is None or findings.has_errors else document.data


def _change(data: Any, at: Sequence[Step], value: Any, *, is_gone: bool) -> None:
    """The same change made to the plain values. Raises EditRefused where the way leads nowhere."""
    here = data
    for step in at[:-1]:
        here = _of(here, step, at)
    last = at[-1]
    if is_gone:
        _of(here, last, at)
        del here[last]
    elif isinstance(here, list) and type(last) is int and last == len(here):
        here.append(value)
    elif isinstance(here, dict) and isinstance(last, str):
        here[last] = value
    else:
        _of(here, last, at)
        here[last] = value


def _of(here: Any, step: Step, at: Sequence[Step]) -> Any:
    is_there = (isinstance(here, dict) and isinstance(step, str) and step in here) or (
        isinstance(here, list) and type(step) is int and 0 <= step < len(here)
    )
    if not is_there:
        raise EditRefused(
            "edit.absent", f"there is nothing at {_shown(at)}: {step!r} is not there", _shown(at), str(step)
        )
    return here[step]


def _value(data: Any, at: Sequence[Step]) -> Any:
    """What stands under `at`; None where nothing does."""
    here = data
    for step in at:
        try:
            here = _of(here, step, at)
        except EditRefused:
            return None
    return here


def _shown(at: Sequence[Step]) -> str:
    return ".".join(map(str, at))


# In the text ------------------------------------------------------------------------------------


def _holder(root: Any, at: Sequence[Step]) -> Any:
    """The node that holds what `at` names."""
    here = root
    for step in at[:-1]:
        found = _child(here, step)
        assert found is not None, "the plain values have what the tree has not"
        here = found[1]
    return here


def _child(holder: Any, step: Step) -> tuple[Any, Any] | None:
    """A key's node and its value's; of an item, itself twice."""
    if isinstance(holder, yaml.MappingNode):
        return next(((key, value) for key, value in holder.value if key.value == step), None)
    if isinstance(holder, yaml.SequenceNode) and type(step) is int and step < len(holder.value):
        return holder.value[step], holder.value[step]
    return None


def _end(node: Any) -> int:
    """Where a node's own text ends; the parser ends a block where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _replacement(text: str, holder: Any, step: Step, value: Any) -> _Cut:
    found = _child(holder, step)
    assert found is not None, "what is replaced is there"
    key, node = found
    start, end = node.start_mark.index, max(_end(node), node.start_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        end = node.end_mark.index - 1  # the break after a block of text is its own
    if key is not node and start <= end == key.end_mark.index + 1:
        return _Cut(end, end, f" {_flow(value)}")  # a key with nothing behind its colon
    if key is not node and "\n" in text[key.end_mark.index : start]:
        # A block below its key: what is written in one line goes behind the colon.
        start = text.index(":", key.end_mark.index) + 1
        return _Cut(start, end, f" {_flow(value)}")
    return _Cut(start, end, _flow(value))


def _addition(text: str, holder: Any, step: Step, value: Any) -> _Cut:
    told = _flow(value) if type(step) is int else f"{_flow(step)}: {_flow(value)}"
    if holder.flow_style:
        close = holder.end_mark.index - 1
        if not holder.value:
            return _Cut(close, close, told)
        after = _end(_last(holder))
        return _Cut(after, after, f", {told}")
    first = holder.value[0][0] if isinstance(holder, yaml.MappingNode) else holder.value[0]
    column = first.start_mark.column
    lead = " " * column
    if isinstance(holder, yaml.SequenceNode):
        dash = text.rindex("-", 0, first.start_mark.index)
        lead = text[text.rfind("\n", 0, dash) + 1 : dash]
        lead, told = re.sub(r"\S", " ", lead), f"- {told}"
    line_end = text.find("\n", _end(_last(holder)))
    if line_end < 0:
        return _Cut(len(text), len(text), f"\n{lead}{told}\n")
    return _Cut(line_end, line_end, f"\n{lead}{told}")


def _last(holder: Any) -> Any:
    last = holder.value[-1]
    return last[1] if isinstance(last, tuple) else last


def _removal(text: str, holder: Any, step: Step) -> _Cut:
    found = _child(holder, step)
    assert found is not None, "what is removed is there"
    start, end = found[0].start_mark.index, _end(found[1])
    if holder.flow_style:
        rest = re.compile(r"\s*,\s*").match(text, end)
        if rest is not None:
            return _Cut(start, rest.end(), "")
        before = re.compile(r"\s*,\s*$").search(text, 0, start)
        return _Cut(before.start() if before else start, end, "")
    if isinstance(holder, yaml.SequenceNode):
        start = text.rindex("-", 0, start)
    line_start = text.rfind("\n", 0, start) + 1
    if text[line_start:start].strip() or len(holder.value) == 1:
        raise EditRefused(
            "edit.last", "the last of a block, or one that shares its line, is changed in the text"
        )
    line_end = text.find("\n", end)
    return _Cut(line_start, len(text) if line_end < 0 else line_end + 1, "")


# Values in one line -----------------------------------------------------------------------------


def _flow(value: Any) -> str:
    """The value as YAML in one line, as authors write it: quotes only where they are needed."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_flow(str(key))}: {_flow(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_flow(one) for one in value) + "]"
        case str():
            is_plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
            return value if is_plain else json.dumps(value, ensure_ascii=False)
        case _:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
