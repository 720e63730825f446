# What a person types. Everything else is `.venv/bin/trilane --help`.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest
PIP_FLAGS := --quiet --disable-pip-version-check --require-hashes --only-binary :all:

QUICK := not compose and not browser and not slow and not measurement
# Tests that measure nothing wait much, so several processes share them.
SHARED := --numprocesses 3 --dist loadscope

.PHONY: compare test docs proof ui up setup lock clean

compare: setup          ## measure ten lanes under four kinds of work: about five minutes
	$(BIN)/trilane compare

test: setup .venv/.dev  ## lint, types and tests, on both stacks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) $(SHARED) -m "$(QUICK) and not alone"
	$(PYTEST) -m "$(QUICK) and alone"

docs: setup             ## the code of all endpoints side by side, as pages: docs/site
	rm -rf docs/site
	$(BIN)/trilane read --site docs/site

proof: setup .venv/.dev ## long measurements of the measurement itself, written to docs/proofs; ONLY="slices bias" for some
	$(BIN)/python -m tests.proofs $(ONLY)

ui: setup               ## the Locust web UI, with a lane and a scenario to choose
	$(BIN)/trilane ui

up:                     ## all three apps, their services and Locust in containers
	docker compose up --build

setup: .venv/.run .venv-vintage/.done  ## the two environments

.venv/.run: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install $(PIP_FLAGS) -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index --editable .
	touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	$(BIN)/pip install $(PIP_FLAGS) -r requirements/dev.txt
	touch $@

.venv-vintage/.done: requirements/vintage.txt requirements/make-vintage
	sh requirements/make-vintage $(PYTHON) $@

lock: .venv/.dev        ## pin every requirement again, by hash
	for name in run dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade requirements/$$name.in -o requirements/$$name.txt; done
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade requirements/vintage.in -o requirements/vintage.txt

clean:                  ## remove them, and what was built or cached
	rm -rf .venv .venv-vintage .cache build
