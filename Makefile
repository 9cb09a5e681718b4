# What a person types here; `make` alone lists it. Each begins with a set-up that does nothing when
# nothing changed, so there is no order to remember.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

SPEED ?= 900
WORKERS ?= 2

# The first Python that is new enough, and complete: Debian ships one without venv and pip.
FIND_PYTHON := for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	  >/dev/null 2>&1; then break; fi; python=; done; \
	if [ -z "$$python" ]; then \
	  echo 'Noria needs Python 3.11 or later, with its venv module; none was found.' >&2; \
	  echo 'Debian, Ubuntu: apt install python3-venv. Elsewhere: make PYTHON=/path/to/python' >&2; \
	  exit 1; fi

.PHONY: help setup demo test lint browser docs schema pins clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(READY) ## everything installed and built; leaves the command .venv/bin/noria
	@$(BIN)/python web/build.py

$(READY): requirements/dev.txt pyproject.toml
	@$(FIND_PYTHON); echo "Setting up $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: --no-deps --no-compile \
	  -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## a demonstration chain in motion; SPEED=900 seconds a second, PORT=8300
	@$(if $(PORT),NORIA_PORT=$(PORT) )$(BIN)/noria demo --speed $(SPEED)

test: setup lint browser ## every check and every test; ARGS='-k stock' for some
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

browser: # Chromium for the tests of the control tower: the system's, or brought where we may
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get -qq update >/dev/null 2>&1 && apt-get -qq install -y chromium >/dev/null 2>&1; } || \
	echo 'No Chromium here, and none may be installed: the browser tests are left out.' >&2

lint: setup ## style, types, and who may import whom; of the web application too
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/python web/build.py --check

# Written aside first, so that a page whose maker fails stays what it was.
MADE = $(BIN)/python -m $(1) > $(VENV)/made && mv $(VENV)/made $(2)

docs: setup ## the pages that are made from the code
	@$(call MADE,noria.kit.config,docs/settings.md)
	@$(call MADE,noria.kit.auth,docs/roles.md)
	@$(call MADE,noria.app,docs/api.md)
	@$(call MADE,noria.tower.exception_page,docs/exceptions.md)
	@$(call MADE,noria.webhooks.event_types,docs/events.md)
	@$(call MADE,noria.connectors.files.pages,docs/files.md)

schema: setup ## src/noria/schema.sql, from the migrations
	@$(call MADE,noria.kit.schema,src/noria/schema.sql)

# uv reads the public index alone, whatever pip is told on this machine, so that the hashes are
# those of the published files; the address of an index stays out of what it writes.
UV := env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS
PINNED_BY := --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command 'make pins' $(UPGRADE)

pins: ## requirements/*.txt, from pyproject.toml; UPGRADE=--upgrade for what is new
	@$(FIND_PYTHON); made=$$(mktemp -d) && trap 'rm -rf "$$made"' EXIT && \
	$$python -m venv "$$made" && "$$made/bin/pip" install --quiet uv && \
	$(UV) "$$made/bin/uv" pip compile $(PINNED_BY) pyproject.toml -o requirements/core.txt >/dev/null && \
	$(UV) "$$made/bin/uv" pip compile $(PINNED_BY) pyproject.toml --group dev \
	  --constraint requirements/core.txt -o requirements/dev.txt >/dev/null && \
	$(UV) "$$made/bin/uv" pip compile $(PINNED_BY) --group bench \
	  --constraint requirements/dev.txt -o requirements/bench.txt >/dev/null && \
	$(UV) "$$made/bin/uv" pip compile $(PINNED_BY) --group web -o requirements/web.txt >/dev/null

clean: ## away with the environment, the caches and what was built
	@rm -rf $(VENV) web/node_modules web/.built src/noria/kit/web .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
