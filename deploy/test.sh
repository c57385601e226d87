#!/bin/sh
# Every test, with what they need installed first. Quiet when all is well.
set -eu
cd "$(dirname "$0")/.."

# Mosquitto and Chromium come from Debian; without root the tests that need them are skipped by name.
missing=
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v chromium >/dev/null || missing="$missing chromium"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing$missing" >&2
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "install these for all tests to run:$missing (apt-get install$missing)" >&2
    fi
fi

EXTRAS=test deploy/bootstrap.sh
deploy/check.sh
if [ $# -gt 0 ]; then
    exec .venv/bin/python -m pytest "$@"
fi
# Files side by side, a core each; the browser alone, for it measures what a person would wait for.
status=0
.venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
    --ignore tests/browser || status=$?
.venv/bin/python -m pytest tests/browser || status=$?
exit $status
