# make run    everything to look at the site on http://127.0.0.1:8000, with real data
# make test   the whole test suite, browser tests included: a file at a time on each processor
# make check  linters and types
# make bench  the table of measured figures; BENCH=scale measures 100,000 offices, which takes minutes
# make lock   renew the pinned versions in requirements/ (needs uv)
# make clean  take away the environment and the data folder

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
PORT   ?= 8000

.PHONY: run test check bench lock clean
.DELETE_ON_ERROR:

run: $(VENV)/run
	$(BIN)/ospo crawl --bundled
	$(BIN)/ospo serve --port $(PORT)

test: $(VENV)/dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/dev
	$(BIN)/python -m tests.benchmarks $(BENCH)

# Debian's python3 comes without ensurepip: there, as root, its package is installed first.
$(VENV)/python: requirements/build.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "OSPO Atlas needs Python 3.11 or newer")'
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv; } \
		|| { echo 'Install the venv module first: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/build.txt
	touch $@

$(VENV)/run: $(VENV)/python requirements/run.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

# With hashes and without addresses.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url
lock:
	$(LOCK) --extra fast --output-file requirements/run.txt pyproject.toml
	$(LOCK) --extra fast --group dev --constraint requirements/run.txt --output-file requirements/dev.txt pyproject.toml
	printf 'hatchling\neditables\n' | $(LOCK) --output-file requirements/build.txt -

clean:
	rm -rf $(VENV) var
