# Two commands: `make demo` shows the product, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test check format bench clean
help: ## what can be asked for
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/em: pyproject.toml deploy/bootstrap.sh
	@PYTHON=$(PYTHON) deploy/bootstrap.sh

demo: $(BIN)/em ## the whole engine on this machine, with a live Oslo evening
	@$(BIN)/em up --demo

test: ## every test, with what they need installed first
	@deploy/test.sh

check: $(BIN)/em ## format, lint and types, without running anything
	@deploy/check.sh

format: $(BIN)/em ## put the code in its standard form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(BIN)/em ## the measures of the blueprint, on this machine
	@$(BIN)/em bench

clean: ## remove what the other commands made
	@rm -rf $(VENV) build dist var .mypy_cache .ruff_cache .hypothesis em_engine/console/static
