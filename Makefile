# `make` alone lists what there is to make. Every step leaves a stamp, so that it is done again only when its input changed.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --universal \
	--python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra department-app --group build
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Tests and measurements start Python hundreds of times: without the bytecode each start compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/runtime.stamp ## Set up what is missing, then start Lanyard and two department apps (Ctrl-C stops them)
	@exec $(BIN)/lanyard run

.PHONY: test
test: $(VENV)/dev.stamp $(VENV)/node.stamp ## Install what the tests need and run all of them (more arguments for pytest: ARGS="-k login")
	@scripts/ensure_chromium.sh
	@scripts/ensure_apache.sh
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

.PHONY: check
check: $(VENV)/dev.stamp ## Check format, lint, types, imports and lock files, in under a minute
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_locks.py

.PHONY: format
format: $(VENV)/dev.stamp ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(VENV)/dev.stamp $(VENV)/node.stamp ## Measure the main jobs (three quarters of an hour)
	@$(BIN)/python -m bench $(ARGS)

.PHONY: bench-full
bench-full: $(VENV)/dev.stamp $(VENV)/node.stamp ## Measure among 1,000,000 people and 30,000 moves too (many hours, 30 GB in TMPDIR)
	@$(BIN)/python -m bench --full $(ARGS)

.PHONY: reset
reset: ## Delete the data of `make run`, to start over
	@scripts/reset.sh

.PHONY: lock
lock: $(VENV)/dev.stamp ## Write the lock files anew after a change of dependencies (UPGRADE=1: newest versions)
	$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.lock
	$(LOCK) $(if $(UPGRADE),--upgrade) --group dev --constraints requirements.lock -o requirements-dev.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: clean
clean: ## Delete what was installed and cached here; the data stays
	rm -rf $(VENV) node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/make_venv.sh $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Lanyard needs ..."
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "Installing what checks and tests need ..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

$(VENV)/node.stamp: package.json package-lock.json .npmrc $(VENV)/dev.stamp
	@echo "Installing the relying parties, providers and tools of tests and measurements ..."
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
