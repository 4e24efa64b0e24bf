# One command each. `make demo` and `make test` do all the set-up themselves.
#
#   VENV=DIR       another virtual environment than .venv
#   PYTHON=PATH    the Python that .venv is made from (3.11 or newer)
#   SETUP=no       use VENV as it is
#   ARGS="..."     passed on, e.g. make test ARGS="tests/studies -k window"

VENV ?= .venv
PYTHON ?=
SETUP ?= yes
ARGS ?=
PY = $(VENV)/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test lint format types doctor clean

help:
	@echo "make demo     set up, then the workstation on the sample studies"
	@echo "make test     set up, then the whole test suite, offscreen"
	@echo "make lint     set up, then ruff, mypy and import-linter"
	@echo "make types    mypy alone"
	@echo "make format   let ruff rewrite what it can"
	@echo "make doctor   what this machine has and lacks"
	@echo "make clean    remove caches and the set-up"

setup:
ifneq ($(SETUP),no)
	@PYTHON="$(PYTHON)" bash scripts/setup.sh "$(VENV)"
endif

demo: setup
	$(PY) -m cli.main demo $(ARGS)

test: setup
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest $(ARGS)

# All four run, so that one failure does not hide another.
lint: setup
	@failed=; \
	$(PY) -m ruff check . || failed="$$failed ruff-check"; \
	$(PY) -m ruff format --check . || failed="$$failed ruff-format"; \
	$(PY) -m mypy || failed="$$failed mypy"; \
	$(PY) -c "from importlinter.cli import lint_imports_command as main; main()" \
		|| failed="$$failed import-linter"; \
	if [ -n "$$failed" ]; then echo "lint failed:$$failed" >&2; exit 1; fi

types: setup
	$(PY) -m mypy $(ARGS)

format: setup
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

doctor: setup
	$(PY) -m cli.main doctor $(ARGS)

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache demo-output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
