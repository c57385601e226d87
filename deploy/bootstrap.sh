#!/bin/sh
# Makes the environment and installs the engine into it, console page included. It asks for Python 3.11 only.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=.venv

"$python" - <<'PY' || { echo "Python 3.11 or newer is needed; PYTHON=... names it" >&2; exit 1; }
import sys
sys.exit(sys.version_info < (3, 11))
PY

if [ ! -x $venv/bin/python ]; then
    if ! "$python" -m venv $venv 2>/dev/null; then
        rm -rf $venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "installing python3-venv" >&2
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
            "$python" -m venv $venv
        else
            echo "Python's venv is missing: install the Debian package python3-venv" >&2
            exit 1
        fi
    fi
fi
extras=${EXTRAS:-}
stamp=$venv/.installed${extras:+-$extras}
# An editable installation stays right until what it asks for, or the page's sources, change.
if [ -f "$stamp" ] && [ -z "$(find pyproject.toml deploy/build_web.py em_engine/console/web \
        -name node_modules -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    exit 0
fi
echo "installing the engine${extras:+ and $extras} into $venv (the first time takes a few minutes)" >&2
$venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".${extras:+[$extras]}"
touch "$stamp" $venv/bin/em
