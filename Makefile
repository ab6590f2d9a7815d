SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH ?= auto
ARGS ?=
INSTALL = command -v "$(PYTHON)" >/dev/null || { \
  echo "There is no $(PYTHON): \`apt install python3 python3-venv\` brings it on Debian."; exit 1; }; \
  "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 8))' || { \
  echo "Timbre needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is older: run make with PYTHON=python3.11."; exit 1; }; \
  "$(PYTHON)" deploy/install.py
CHOICES = --torch "$(TORCH)" --venv "$(VENV)"
# recordings of real people, in folders beside the clone, if they are there
RECORDINGS ?= ../shared/voices
PEOPLE ?= ../shared/voices-train

.PHONY: help run manage shell test pytest test-all test-bare screenshots lint bench bench-trust install install-dev install-bench browser lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo
	@echo "  PYTHON=python3.12 takes another Python; TORCH=cpu or TORCH=cuda another build of PyTorch."

run: install ## Everything up on this machine: http://localhost:8000
	@exec "$(BIN)/python" -m deploy.run

manage: install ## A command in the running instance: make manage ARGS="finance_report --month 2026-11"
	@exec "$(BIN)/python" -m deploy.manage $(ARGS)

shell: install ## Python in the running instance, with its models
	@exec "$(BIN)/python" -m deploy.manage shell

test: install-dev browser ## Lint and the whole test suite but the slow checks
	@$(MAKE) --no-print-directory --jobs=$$("$(BIN)/python" -m deploy.testing jobs) lint pytest

pytest: install-dev
	@"$(BIN)/python" -m deploy.testing

test-all: install-dev browser lint ## Everything, slow checks, coverage and the bare system too
	"$(BIN)/python" -m pytest --cov --cov-report=term:skip-covered

test-bare: ## Both commands on a bare Debian, made for it: as root, tens of minutes (ARGS=--quick: make run alone)
	@exec "$(PYTHON)" deploy/bare.py $(ARGS)

screenshots: install-dev browser ## Every page as pictures, light, dark, on a phone, in each language (ARGS="--only home voice")
	@exec "$(BIN)/python" -m tests.screenshots $(ARGS)

lint: install-dev ## ruff, mypy (strict), import contracts, the form of templates and stylesheets
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy" marketplace synthesis deploy
	"$(BIN)/lint-imports"
	"$(BIN)/djlint" templates --lint --check
	@for sheet in static/css/*.css; do \
	  "$(BIN)/css-beautify" --indent-size 2 --end-with-newline --space-around-combinator $$sheet | diff -u $$sheet - || exit 1; done

bench: install-bench ## Measure everything into deploy/benchmarks.md (about two hours, machine at rest)
	"$(BIN)/python" -m synthesis.benchmarks speed load languages precision pruning --recordings "$(RECORDINGS)"
	DJANGO_SETTINGS_MODULE=marketplace.settings.development "$(BIN)/python" -m deploy.own_postgres manage.py bench_money --report deploy/benchmarks.md
	DJANGO_SETTINGS_MODULE=marketplace.settings.development "$(BIN)/python" manage.py bench_voices --recordings "$(RECORDINGS)" --people "$(PEOPLE)" --limit 30 --json bench_voices.json --report deploy/benchmarks.md
	"$(BIN)/python" -m synthesis.benchmarks calibration --recordings "$(RECORDINGS)" --people "$(PEOPLE)"
	"$(BIN)/python" -m pytest -q -s -m slow tests/journeys/test_parallel_buyers.py

bench-trust: install-bench ## Attack the consent checks, the text policy and the watermark (two hours or more)
	DJANGO_SETTINGS_MODULE=marketplace.settings.development "$(BIN)/python" manage.py bench_policy --lines tests/marketplace/policy/labelled.txt --report deploy/benchmarks.md
	"$(BIN)/python" -m synthesis.benchmarks calibration liveness honest attacks marks --recordings "$(RECORDINGS)" --people "$(PEOPLE)"

install: ## The environment alone: made, repaired or found complete
	@$(INSTALL) run $(CHOICES)

install-dev:
	@$(INSTALL) dev $(CHOICES)

install-bench:
	@$(INSTALL) bench $(CHOICES)

browser: ## Chromium for the browser tests, from Debian's packages where we are root
	@{ command -v chromium || command -v chromium-browser; } >/dev/null && { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -q libatomic || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium …"; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libatomic1 >/dev/null; \
	  else echo "No Chromium, or no libatomic1, and not root: browser tests will skip."; fi; }

lock: install-bench ## Regenerate the lock files with the versions they have (ARGS=--upgrade: the newest)
	"$(BIN)/python" -m deploy.lock $(ARGS)

clean: ## Remove the environment and caches, not the data
	rm -rf "$(VENV)" .mypy_cache .ruff_cache .pytest_cache .hypothesis static_root
