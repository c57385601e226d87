"""Answers that were built with care already: encoded once, and never kept by a browser."""

from typing import Any

import msgspec
from starlette.responses import JSONResponse, Response

from em_engine.console.problems import Problem


def json_answer(
    value: Any, *, media_type: str = "application/json", tag: str | None = None, cache: str = "no-store"
) -> Response:
    """The value as JSON. Nothing of a person's data stays in a cache unless `cache` says so."""
    headers = {"Cache-Control": cache} | ({"ETag": tag} if tag else {})
    return Response(msgspec.json.encode(value), media_type=media_type, headers=headers)


class GeoJson(JSONResponse):
    """What the description says of answers that a map draws."""

    media_type = "application/geo+json"


def geojson_answer(value: Any, *, tag: str | None = None, cache: str = "no-store") -> Response:
    """The value as GeoJSON."""
    return json_answer(value, media_type="application/geo+json", tag=tag, cache=cache)


def etag(version: int | str) -> str:
    """The version as an entity tag."""
    return f'"{version}"'


def version_in(if_match: str | None) -> int:
    """The version an If-Match header names. Raises Problem: 428 without one, 412 where it names none."""
    if if_match is None:
        raise Problem(428, "say in the header If-Match which version you saw, as its `version` tells")
    # A proxy that compresses makes the tag weak; it still names the version.
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(412, f"If-Match names no version: {if_match!r}; send the alert's `version` in quotes")
    return int(text)
