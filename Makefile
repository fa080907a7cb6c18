# Each target works on a fresh machine with Python 3.11 and make; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install demo test check fix eval bench chaos screenshots clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.core: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@if [ -x $(BIN)/uv ]; then VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet -r requirements.lock && VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps -e .; \
	 else $(BIN)/python -m pip install --quiet --no-compile -r requirements.lock && $(BIN)/python -m pip install --quiet --no-deps -e .; fi
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.core
	@if [ -x $(BIN)/uv ]; then VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet -r requirements-dev.lock; \
	 else $(BIN)/python -m pip install --quiet --no-compile -r requirements-dev.lock; fi
	@touch $@

install: .venv/.core ## make .venv with what the product needs

demo: .venv/.core ## run the main job with the sandbox, then keep running; once if CI is set
	@$(BIN)/motcua demo $(if $(CI),--once)

test: check ## check, then all tests on SQLite and PostgreSQL, pages in a real browser
	@$(BIN)/python -m pytest -n 2 -q

check: .venv/.dev ## lint, types, the floors of the house
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fix: .venv/.dev ## format and mend what can be mended by itself
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

eval: .venv/.dev ## score the understanding of citizens' questions
	@$(BIN)/python benchmarks/understanding.py

bench: .venv/.dev ## measure speed against bare clients and other queues; writes benchmarks/ledger.csv
	@$(BIN)/python -m benchmarks.speed

chaos: .venv/.dev ## break real processes, databases, carriers and clocks, and simulate thousands of days; nothing may be lost
	@$(BIN)/python -m tests.chaos
	@$(BIN)/python -m tests.simulation.run

screenshots: .venv/.dev ## take the README's pictures from a running demo
	@$(BIN)/python docs/screenshots.py

clean: ## remove all that make and the demo have made
	@rm -rf .venv .motcua-demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
