# The index of the house: `make help`. Needs Python 3.11 or newer and make; everything else is installed into .venv
# from pinned, hashed lists (requirements/). Nothing is installed outside this folder.

VENV   ?= .venv
BENCH  ?= .venv-bench
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PY     := $(VENV)/bin/python
ARGS   ?=

# What `make run` reads (a folder or file) and where it keeps its store.
DATA     ?=
RUN_HOME ?= $(if $(DATA),build/real,build/simulated)

PIP      = PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(PY) -m pip install -qq
COMPILE := build/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate -q $(UPGRADE)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run setup test test-full soak check format bench bench-truth pins clean

help: ## this list
	@echo "Remora: what wallets do on public chains, exact to the unit."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  make %-11s %s\n' "$$name" "$$what"; done
	@echo
	@echo "Examples: make run DATA=../shared/data · make test ARGS='-k pumpfun' · make soak MINUTES=30"

run: $(VENV)/.run ## set up, then import DATA=folder (or a simulated sample) and show what is in it
	@$(VENV)/bin/remora --home $(RUN_HOME) start $(if $(DATA),--data $(DATA)) $(ARGS)

setup: $(VENV)/.dev ## only set up .venv, with everything the tests need

test: $(VENV)/.dev ## the tests of every day (at most 12 minutes on 2 cores); ARGS go to pytest
	@$(PY) -m pytest -n 2 -m "not full and not soak and not live" $(ARGS)

test-full: $(VENV)/.dev ## these and the heavier figures
	@REMORA_EXAMPLES=full $(PY) -m pytest -n 2 -m "not soak and not live" $(ARGS)

MINUTES ?= 10
soak: $(VENV)/.dev ## the tests that run for as long as they are given: MINUTES=10
	@REMORA_SOAK_MINUTES=$(MINUTES) $(PY) -m pytest -m soak --timeout 0 -s $(ARGS)

check: $(VENV)/.dev ## style, types and architecture
	@$(VENV)/bin/ruff check src tests benchmarks
	@$(VENV)/bin/ruff format --check src tests benchmarks
	@$(VENV)/bin/mypy
	@$(PY) -m pytest tests/test_architecture.py tests/test_docs.py

format: $(VENV)/.dev ## let ruff lay out the code
	@$(VENV)/bin/ruff check --fix -q src tests benchmarks
	@$(VENV)/bin/ruff format src tests benchmarks

ONLY ?= *
bench: $(BENCH)/.bench ## ratios to peers and floors of the same run, in an environment of its own: ONLY=import
	@for file in $(filter-out benchmarks/bench_truth.py,$(wildcard benchmarks/bench_$(ONLY).py)); do \
		echo "== $$file"; $(BENCH)/bin/python $$file $(ARGS) || exit 1; done

SEEDS ?= 20
bench-truth: $(VENV)/.dev ## what is found where the truth is known, into docs/truth.md: SEEDS=20, or QUICK=1 for a rough check
	@$(PY) benchmarks/bench_truth.py --seeds $(SEEDS) $(if $(QUICK),--quick) $(ARGS)

pins: build/uv/bin/uv ## write requirements/*.txt anew (UPGRADE=--upgrade for newer versions)
	@$(COMPILE) --group build -o requirements/run.txt
	@$(COMPILE) --group build --group dev --extra cluster -c requirements/run.txt -o requirements/dev.txt
	@$(COMPILE) --group build --group dev --extra cluster --group bench -c requirements/run.txt -o requirements/bench.txt
	@! grep -nE '[a-z]+://|--(extra-)?index-url|--find-links' requirements/*.txt

clean: ## remove environments, caches and what make run wrote
	@rm -rf $(VENV) $(BENCH) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments, made once and again when their list changes ------------------------------------------------------

# The version is checked before anything is written: an old Python must not leave half an environment behind.
$(VENV)/.base $(BENCH)/.base:
	@test -n "$(PYTHON)" || { echo "Remora needs Python 3.11 or newer; found: $$(python3 --version 2>&1)." \
		"Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Remora needs Python 3.11 or newer;" \
		"$(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "This Python cannot make virtual environments: install the package" \
		"python3-venv (Debian, Ubuntu) and try again." >&2; exit 1; }
	@echo "Making $(@D) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(@D)
	@touch $@

$(VENV)/.run: $(VENV)/.base requirements/run.txt pyproject.toml
	@echo "Installing Remora and its libraries into $(VENV) (about 650 MB)"
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Installing what the tests need into $(VENV) (about 1 GB more)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(BENCH)/.bench: PY := $(BENCH)/bin/python
$(BENCH)/.bench: $(BENCH)/.base requirements/bench.txt pyproject.toml
	@echo "Installing the benchmarks' peers into $(BENCH)"
	@$(PIP) --require-hashes -r requirements/bench.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

build/uv/bin/uv:
	@$(PYTHON) -m venv build/uv
	@PIP_DISABLE_PIP_VERSION_CHECK=1 build/uv/bin/python -m pip install -qq uv
