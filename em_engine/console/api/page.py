"""The built page, served from the package: nothing on it comes from anywhere else."""

import re
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

# What the build names by its content never changes under its name.
_HASHED: Final = re.compile(r"-[0-9A-Z]{8}\.\w+")
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_UNBUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>The console's page is missing</title>
<h1>The console's page has not been built</h1>
<p>The server runs, and its API answers. The page is built when the package is installed. In a checkout,
build it with <code>python deploy/build_web.py</code> and load this again.</p>
"""


class BuiltPage(StaticFiles):
    """The page's files, or a plain word where there are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__(directory=folder, html=True, check_dir=False)
        self.config_checked = True  # a page that is not there yet is an answer, not a failure

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at `path`, with how long it may be kept. Raises HTTPException 404."""
        if not (self._folder / "index.html").is_file():
            if path == ".":
                return HTMLResponse(_UNBUILT, status_code=503, headers={"Cache-Control": "no-store"})
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = _FOR_EVER if _HASHED.search(path) else _ASK_AGAIN
        return answer


def built_page(folder: Path) -> ASGIApp:
    """The page, compressed on its way: the base map is a megabyte of numbers."""
    return GZipMiddleware(BuiltPage(folder), minimum_size=2_000, compresslevel=6)
