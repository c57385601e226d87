#!/bin/sh
# The gate that needs no running: format, lint, types.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/ruff format --quiet --check .
.venv/bin/ruff check --quiet .
.venv/bin/mypy --no-error-summary
