SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LOCK := deploy/requirements.lock
DEV_LOCK := deploy/requirements-dev.lock
BENCH_LOCK := deploy/requirements-bench.lock
RECORDINGS ?= ../shared/voices
PEOPLE ?= ../shared/voices-train

.PHONY: help run test pytest test-all lint bench bench-trust install install-dev install-bench browser lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: install ## Everything up on this machine: http://127.0.0.1:8000
	@exec $(BIN)/python -m deploy.run

test: install-dev browser ## Lint and the whole test suite but the slow checks
	@$(MAKE) --no-print-directory --jobs=2 lint pytest

pytest: install-dev
	$(BIN)/python -m pytest -m "not slow"

test-all: install-dev browser lint ## Everything, slow checks too
	$(BIN)/python -m pytest

lint: install-dev ## ruff, mypy (strict), import contracts, the form of templates and stylesheets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy marketplace synthesis deploy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --check
	@for sheet in static/css/*.css; do \
	  $(BIN)/css-beautify --indent-size 2 --end-with-newline --space-around-combinator $$sheet | diff -u $$sheet - || exit 1; done

bench: install-bench ## Measure everything into deploy/benchmarks.md (about an hour, machine at rest)
	$(BIN)/python -m synthesis.benchmarks speed load languages precision pruning --recordings $(RECORDINGS)
	$(BIN)/python manage.py bench_voices --recordings $(RECORDINGS) --json bench_voices.json --report deploy/benchmarks.md
	$(BIN)/python -m synthesis.benchmarks calibration --recordings $(RECORDINGS) --people $(PEOPLE)
	$(BIN)/python -m pytest -q -s -m slow tests/journeys/test_parallel_buyers.py

bench-trust: install-bench ## Attack the consent checks, the text policy and the watermark (two hours or more)
	$(BIN)/python manage.py bench_policy --lines tests/policy/labelled.txt --report deploy/benchmarks.md
	$(BIN)/python -m synthesis.benchmarks calibration liveness honest attacks marks --recordings $(RECORDINGS) --people $(PEOPLE)

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev
install-bench: $(VENV)/.installed-bench

# --no-deps: the lock is complete, and leaves out what only compiles or is never imported
$(VENV)/.installed: $(LOCK)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (about a minute the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $(LOCK)
	@touch $@

$(VENV)/.installed-dev: $(DEV_LOCK) $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $(DEV_LOCK)
	@touch $@

$(VENV)/.installed-bench: $(BENCH_LOCK) $(VENV)/.installed-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $(BENCH_LOCK)
	@touch $@

browser: ## Chromium for the browser tests, from Debian's packages where we are root
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium …"; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "No Chromium and not root: browser tests will skip."; fi; }

lock: install-bench ## Write the lock files from what is installed
	$(BIN)/python deploy/lock.py

clean: ## Remove the environment and caches, not the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis static_root
