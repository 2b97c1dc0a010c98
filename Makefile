# Needs Python 3.11 or newer, and make. Every target sets up what it needs in .venv.
# Another interpreter: make test PYTHON=python3.12. Another place: make test VENV=/elsewhere.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.agir-ready
USABLE = $(VENV)/.agir-usable

.PHONY: demo test versions golden pages lint bench bench-long compiled mutants torture setup axe
.DEFAULT_GOAL := demo

# The demonstration file is made once, then shown as it is: by what a user installs, no more.
DEMO ?= agir-demo.db
demo: $(if $(wildcard $(READY)),$(READY),$(USABLE))
	@$(BIN)/agir --db "$(DEMO)" demo --show

# pytest comes last: its closing line is the verdict.
test: lint axe
	$(BIN)/python -m pytest -q -n 2

# Every command, on each Python from 3.11 on that this machine has (.venv-3.12 …).
versions: $(READY)
	$(BIN)/python scripts/versions.py

# Every report and screen of the demonstration file, written anew: read the difference.
golden: $(READY)
	AGIR_GOLDEN=update $(BIN)/python -m pytest -q -n 2 tests/golden
	AGIR_TRANSCRIPTS=update $(BIN)/python -m pytest -q -n 2 tests/vignettes tests/fortnight

# What pages show of the program, written anew: samples and pictures of the README, columns.
pages: $(READY)
	$(BIN)/python scripts/columns.py
	$(BIN)/python scripts/readme.py samples
	$(BIN)/python scripts/readme.py pictures

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: compiled
	$(BIN)/python scripts/bench.py
	$(BIN)/python scripts/bench_load.py
	$(BIN)/python scripts/bench_reports.py
	$(BIN)/python scripts/bench_sites.py

bench-long: compiled
	$(BIN)/python scripts/bench_load.py --long
	$(BIN)/python scripts/bench_reports.py --long

# Bytecode is written at the first run of a command, but where PYTHONDONTWRITEBYTECODE forbids it.
compiled: $(READY)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q agir_cli

# Small faults planted in the rules, one at a time: would a test notice? (docs/mutants.md)
mutants: $(READY)
	$(BIN)/python scripts/mutants.py

torture: $(READY)
	$(BIN)/python scripts/torture.py

setup: $(READY)

# axe-core checks that a page can be read by everybody. It is fetched where npm is; elsewhere the
# tests that need it (and a browser) say that they were left out.
AXE = $(VENV)/axe/node_modules/axe-core/axe.min.js
axe: $(READY)
	@if [ ! -f $(AXE) ] && command -v npm > /dev/null; then \
		npm install --silent --no-audit --no-fund --prefix $(VENV)/axe axe-core@4.14.1 \
			> /dev/null 2>&1 || echo "axe-core could not be fetched: its tests are left out." >&2; \
	fi

# Only the text of these two files makes the environment again, and nothing else does.
MADE_FROM = pyproject.toml constraints.txt

$(READY): $(MADE_FROM)
	$(RECENT)
	$(PYTHON) -m venv $(VENV)
	$(PIP) --quiet --editable '.[dev]' --constraint constraints.txt
	@touch $@

$(USABLE): $(MADE_FROM)
	$(RECENT)
	@echo "Première fois : agir s'installe dans $(VENV)…" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -qq --editable . --constraint constraints.txt
	@touch $@

PIP = $(BIN)/python -m pip --disable-pip-version-check install
RECENT = @$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; found: $$($(PYTHON) --version 2>&1)." >&2; exit 1; }
