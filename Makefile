# Every target runs on a machine that has only Python 3.11 or newer and make; `make` alone lists them.
PYTHON ?= python3
PYTEST_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
CODE := schemas services deploy tests
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# No date, path or index of this machine gets into a lock file.
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" --quiet

# Tests with a broker wait more than they work: two at a time, each with a broker of its own.
ABREAST := --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo chaos test check format unit integration faults soak bench ops-check schemas docs lock up down clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/ready ## Install everything into .venv and fetch Kafka's jars (about two minutes, once).

$(VENV)/ready: pyproject.toml requirements-dev.lock deploy/local/jars.lock.toml
	@echo "Installing the locked Python packages into $(VENV) (about a minute)..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Postbag needs Python 3.11 or newer: make PYTHON=python3.11 " + "$(MAKECMDGOALS)")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@echo "Fetching the jars of Apache Kafka (about half a minute)..."
	@$(BIN)/python -m deploy.local.jars
	@echo "Teaching Java to start Kafka faster (about ten seconds)..."
	@$(BIN)/python -m deploy.local.warm
	@touch $@

demo: setup ## Carry 2,000 submissions through a real Kafka and balance the books (about a minute).
	@$(BIN)/postbag demo

chaos: setup ## The same, with workers and the broker killed at random from a printed seed.
	@$(BIN)/postbag demo --chaos

test: check ## Run the checks and every test but the slow ones.
	@$(BIN)/python -m pytest tests/unit --numprocesses auto --maxprocesses 4 $(PYTEST_ARGS)
	@$(BIN)/python -m pytest tests/conformance tests/faults tests/integration -m "not slow and not alone" $(ABREAST) $(PYTEST_ARGS)
	@$(BIN)/python -m pytest tests/integration -m "alone and not slow" $(PYTEST_ARGS)

check: setup ## Check format, lint and types (under a minute).
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo "Run 'make format' to format the code."; exit 1; }
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy --no-error-summary

format: setup ## Format the code and apply the linter's safe fixes.
	@$(BIN)/ruff format --quiet $(CODE)
	@$(BIN)/ruff check --fix --quiet $(CODE)

unit: setup ## Run the tests that need no broker (two minutes).
	@$(BIN)/python -m pytest tests/unit --numprocesses auto --maxprocesses 4 $(PYTEST_ARGS)

integration: setup ## Run the tests against a real broker.
	@$(BIN)/python -m pytest tests/integration -m "not slow and not alone" $(ABREAST) $(PYTEST_ARGS)
	@$(BIN)/python -m pytest tests/integration -m "alone and not slow" $(PYTEST_ARGS)

faults: setup ## Run every test that kills, pauses or starves a process, the slow ones too.
	@$(BIN)/python -m pytest -m fault $(PYTEST_ARGS)

soak: setup ## Run the slow tests alone (many minutes).
	@$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

bench: setup ## Measure throughput, CPU per letter and latency against a bare client.
	@$(BIN)/python -m tests.benchmark

ops-check: setup ## Prove metrics, dashboards and alerts with a real Prometheus while things break (about six minutes).
	@$(BIN)/python -m tests.ops

schemas: setup ## Write the published JSON Schemas from the models.
	@$(BIN)/python -m schemas.publish

docs: setup ## Write the generated parts of docs/, and the dashboards, from the code.
	@$(BIN)/python -m services.cli.reference
	@$(BIN)/python -m deploy.grafana.make

lock: $(BIN)/python ## Renew the lock files: Python packages and Kafka's jars (needs the network).
	@$(COMPILE) pyproject.toml --upgrade --output-file requirements.lock
	@$(COMPILE) pyproject.toml --upgrade --all-extras --constraints requirements.lock --output-file requirements-dev.lock
	@$(COMPILE) --group build --upgrade --constraints requirements-dev.lock --output-file requirements-build.lock
	@$(BIN)/python -m deploy.local.jars --relock

$(BIN)/python:
	@$(MAKE) --no-print-directory setup

up: setup ## Start Kafka on this machine; it stays until `make down`.
	@$(BIN)/postbag up

down: setup ## Stop the Kafka that `make up` started.
	@$(BIN)/postbag down

clean: ## Remove what was installed, fetched and cached; the data of `postbag up` stays.
	@rm -rf $(VENV) .cache build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
