# emovox. `make help` lists what there is; `make demo` and `make test` need only Python 3.11+.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# One recording of your own for `make demo`; taken as it was typed, spaces and all.
override FILE := $(value FILE)
export FILE

# The first Python that is new enough; `make PYTHON=/path/to/python ...` chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	command -v $$python; break; fi; done)

DEMO := .venv-demo
TEST := .venv-test
PAGE := demo-report.html
PIP := -m pip --disable-pip-version-check --quiet --quiet install
SOURCES := $(shell find src -name __pycache__ -prune -o -type f -print)

# A file's tests stay together, in the order in which they stand: those of the browser come last,
# because Playwright keeps an event loop open in its process.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Small arrays run slower, not faster, on many threads.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1

.PHONY: help demo page test browser check format format-check lint types docs pictures model bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

demo: $(DEMO)/installed  ## recognise the demo clips (and FILE="my recording.wav"), write demo-report.html
	@rm -f $(PAGE); status=0; \
	$(DEMO)/bin/emovox predict src/emovox/demo/*.flac $${FILE:+"$$FILE"} --html $(PAGE) || status=$$?; \
	if [ -e $(PAGE) ]; then echo; echo "The report page: $(CURDIR)/$(PAGE)"; fi; exit $$status

page: $(DEMO)/page-installed  ## serve the page with all its views and open it (needs a browser; Ctrl-C stops it)
	@$(DEMO)/bin/emovox serve --open

test: $(TEST)/installed  ## run the quick test suite (with a real browser where Chromium is installed)
	@$(TEST)/bin/python -m pytest -rs $(SIDE_BY_SIDE)

browser: $(TEST)/installed  ## run all tests of the page in a real browser (needs Chromium)
	@$(TEST)/bin/python -m pytest -rs -m browser tests/browser

check: format-check lint types test  ## format, lint, types and tests, as a change must pass them

format: $(TEST)/installed  ## format the code
	@$(TEST)/bin/ruff format src tests scripts benchmarks examples
	@$(TEST)/bin/ruff check --fix src tests scripts benchmarks examples

format-check: $(TEST)/installed
	@$(TEST)/bin/ruff format --check src tests scripts benchmarks examples

lint: $(TEST)/installed
	@$(TEST)/bin/ruff check src tests scripts benchmarks examples

types: $(TEST)/installed
	@$(TEST)/bin/mypy

docs: $(TEST)/installed  ## write the tables of docs/ from the registry, and the figures from results/
	@$(TEST)/bin/python scripts/make_docs.py

pictures: $(TEST)/installed  ## draw docs/images anew (needs Chromium)
	@$(TEST)/bin/python scripts/make_pictures.py

model: $(TEST)/installed  ## train the model that ships (needs EMOVOX_CORPORA with emodb and crema-d)
	@$(TEST)/bin/python scripts/make_model.py

bench: $(TEST)/installed  ## measure speed against librosa, scikit-learn and FastAPI, and the service for five minutes
	@for script in benchmarks/*.py; do echo "== $$script"; $(TEST)/bin/python "$$script" || exit $$?; done

clean:  ## remove what the commands above have made
	rm -rf $(DEMO) $(TEST) $(PAGE) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The demo installs what a user gets (a built package), so it is installed anew when a source
# changes; the tests run on the sources themselves.
$(DEMO)/installed: pyproject.toml $(SOURCES)
	@$(call environment,$(DEMO))
	@echo "Installing emovox into $(DEMO) ..."
	@$(DEMO)/bin/python $(PIP) .
	@touch $@

$(DEMO)/page-installed: $(DEMO)/installed
	@echo "Installing what the page and its experiments need into $(DEMO) (a few minutes the first time) ..."
	@$(DEMO)/bin/python $(PIP) '.[serve,bench]'
	@touch $@

$(TEST)/installed: pyproject.toml
	@$(call environment,$(TEST))
	@echo "Installing emovox and the tools of its tests into $(TEST) (a few minutes the first time) ..."
	@$(TEST)/bin/python $(PIP) --editable '.[dev]'
	@touch $@

define environment
	if [ -z "$(PYTHON)" ]; then \
	echo "emovox needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python" >&2; \
	exit 1; fi; \
	[ -x $(1)/bin/python ] && $(1)/bin/python -m pip --version >/dev/null 2>&1 || \
	{ rm -rf $(1); "$(PYTHON)" -m venv $(1); } || \
	{ echo "$(PYTHON) could not make $(1); on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
endef
