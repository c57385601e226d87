"""The map of an explained alert as an image: what the record alone lets be drawn, with words in one language.

Whoever explains an alert sits at the engine and not at a desk: a protected person is never drawn, for only
the police may see where she is, and that at the console, where the look is written down.
"""

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import typst

from em_engine.commands.explain_words import say
from em_engine.commands.explained import Explained, ExplainRefused, depths_m
from em_engine.console.court.drawing import HEIGHT, WIDTH, svg
from em_engine.console.sentences import reason
from em_engine.console.views import told
from em_engine.record.rows import KeptPosition
from em_engine.vocabulary import rfc3339

_HEAD_CHARACTERS: Final = 96
_LINE: Final = 17.0
_EDGE: Final = 14.0
_FONT: Final = 'font-family="Libertinus Serif, serif" fill="#222"'
_PAGE: Final = (
    b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")\n'
)
_PIXELS_A_POINT: Final = 2.0


def write_map(explained: Explained, target: Path, language: str) -> bool:
    """Writes the image by the file's ending; False where there is nothing to draw. Raises ExplainRefused."""
    if target.suffix not in (".svg", ".png"):
        raise ExplainRefused(f"{target}: the image is an .svg or a .png")
    drawn = image(explained, language)
    if drawn is None:
        return False
    target.write_bytes(drawn.encode() if target.suffix == ".svg" else rastered(drawn))
    return True


def image(explained: Explained, language: str) -> str | None:
    """The image as SVG; None where the alert is of no place, and no position may be shown."""
    collection = _marked(explained)
    drawn = None if collection is None else svg(collection)
    if collection is None or drawn is None:
        return None
    head, legend = _head(explained, language), list(_legend(_roles(collection), language))
    top = _EDGE + _LINE * len(head)
    high = top + HEIGHT + _LINE * len(legend) + _EDGE
    placed = drawn.replace("<svg ", f'<svg x="0" y="{top:g}" width="{WIDTH:g}" height="{HEIGHT:g}" ', 1)
    size = f'viewBox="0 0 {WIDTH:g} {high:g}" width="{WIDTH:g}" height="{high:g}"'
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} lang="{language}">',
            f'<rect width="{WIDTH:g}" height="{high:g}" fill="#fff"/>',
            *(_text(_EDGE, _LINE * (row + 1), line, is_bold=row == 0) for row, line in enumerate(head)),
            placed,
            *(line.format(y=top + HEIGHT + _LINE * (row + 1)) for row, line in enumerate(legend)),
            "</svg>",
        ]
    )


def rastered(drawn: str) -> bytes:
    """The SVG as PNG, by the compiler that sets the court's paper and with its fonts."""
    made = typst.compile(_PAGE, sys_inputs={"svg": drawn}, format="png", ppi=72 * _PIXELS_A_POINT)
    assert isinstance(made, bytes), "one image is one page"
    return made


def _marked(explained: Explained) -> dict[str, Any] | None:
    """The map, in which the fixes that proved the breach say so."""
    if explained.drawn is None:
        return None
    proof = {(fix.device, rfc3339(fix.fixed_at)) for fix in proving(explained)}
    features = [
        one | {"properties": one["properties"] | {"proves": _key(one) in proof}}
        if one["properties"]["role"] == "fix"
        else one
        for one in explained.drawn["features"]
    ]
    return {**explained.drawn, "features": features}


def _key(feature: Mapping[str, Any]) -> tuple[str, str]:
    return feature["properties"]["device"], feature["properties"]["fixed_at"]


def proving(explained: Explained) -> list[KeptPosition]:
    """The kept fixes the evidence rests on: the one it names, and those before it on the same side."""
    named = explained.alert.evidence.get("fix")
    if not isinstance(named, Mapping):
        return []
    count = int(explained.alert.evidence.get("fixes") or 1)
    rows = list(zip(explained.fixes, depths_m(explained), strict=True))
    until = [row for row in rows if rfc3339(row[0].fixed_at) == named["fixed_at"]]
    if not until:
        return []
    last, depth_m = until[-1]
    side = [
        fix
        for fix, one in rows
        if fix.fixed_at <= last.fixed_at and (one is None or depth_m is None or (one >= 0) == (depth_m >= 0))
    ]
    return side[-count:]


# Words --------------------------------------------------------------------------------------------


def _head(explained: Explained, language: str) -> list[str]:
    """What it is, and why the alert is there."""
    alert, directory = explained.alert, explained.directory
    because = reason(told(alert, directory))[language] if directory else ""
    return [
        f"{alert.type.value}  ·  {alert.order} {alert.condition}  ·  {alert.id}",
        *textwrap.wrap(because, _HEAD_CHARACTERS),
        say("drawn_by", language, revision=alert.rulebook),
    ]


def _roles(collection: Mapping[str, Any]) -> set[str]:
    """What is drawn."""
    properties = [feature["properties"] for feature in collection["features"]]
    return {one["role"] for one in properties} | {"proof" for one in properties if one.get("proves")}


_SAMPLES: Final = {
    "zone": '<rect x="{x}" y="{top}" width="18" height="10" fill="#f2b8b5" stroke="#a40e26"/>',
    "buffer": '<rect x="{x}" y="{top}" width="18" height="10" fill="#f6d9a8" stroke="#9a6700"'
    ' stroke-dasharray="4 3"/>',
    "trail": '<path d="M{x} {middle} h18" stroke="#1f4e8c" stroke-width="1.5"/>',
    "fix": '<circle cx="{centre}" cy="{middle}" r="7" fill="#1f4e8c" fill-opacity="0.15"/>'
    '<circle cx="{centre}" cy="{middle}" r="2.4" fill="#fff" stroke="#1f4e8c"/>',
    "proof": '<circle cx="{centre}" cy="{middle}" r="6" fill="none" stroke="#a40e26" stroke-width="1.5"/>'
    '<circle cx="{centre}" cy="{middle}" r="2.4" fill="#1f4e8c"/>',
}
_COLUMNS: Final = (_EDGE, WIDTH / 2)


def _legend(roles: set[str], language: str) -> Iterator[str]:
    """Rows of a sample and its words, two a row; `{y}` is where the row stands."""
    shown = [role for role in _SAMPLES if role in roles]
    for first in range(0, len(shown), len(_COLUMNS)):
        pairs = zip(_COLUMNS, shown[first : first + len(_COLUMNS)], strict=False)
        row = "".join(_sample(role, x) + _words(x + 26, say(f"map_{role}", language)) for x, role in pairs)
        yield f'<g transform="translate(0 {{y:g}})">{row}</g>'


def _sample(role: str, x: float) -> str:
    return _SAMPLES[role].format(x=x, top=-9, middle=-4, centre=x + 9)


def _words(x: float, text: str) -> str:
    return f'<text x="{x:g}" y="0" {_FONT} font-size="11">{escape(text)}</text>'


def _text(x: float, y: float, text: str, *, is_bold: bool) -> str:
    weight = ' font-weight="bold"' if is_bold else ""
    return f'<text x="{x:g}" y="{y:g}" {_FONT} font-size="12"{weight}>{escape(text)}</text>'
