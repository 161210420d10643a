# Each target is one line a person can read. Only relative paths, so that a folder name may have spaces.
# Windows without make: see README.md.
PYTHON ?= python3
BIN := .venv/bin
TESTS := $(BIN)/python -m pytest --quiet -n auto --maxprocesses 4

.PHONY: help setup reports test lab lint bench look slow references data lock clean
.DEFAULT_GOAL := help

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'

setup: .venv/ready ## make .venv with the pinned packages and this package

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('Python 3.11 or newer is needed; try: make setup PYTHON=python3.12')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready

reports: setup ## run every notebook of notebooks/batch.toml and write reports/index.html
	$(BIN)/klantstudie batch

test: setup ## run the tests, without the slow ones and those that need a browser
	$(TESTS) --dist loadscope --cov --cov-report=term

lab: setup ## open JupyterLab with the notebooks
	$(BIN)/klantstudie lab

lint: setup ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

look: setup ## open reports in headless Chromium and check them
	$(TESTS) --dist worksteal -m browser

slow: setup ## run the slow tests: simulations that recover known truths
	$(TESTS) --dist worksteal -m slow

bench: setup ## time what matters side by side with what a user would take instead
	for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

references: ## make the reference values again (developers; needs R, see tests/reference/make)
	cd tests/reference/make && for script in *.R; do Rscript "$$script" || exit 1; done

data: setup ## rebuild the raw data from the released packages and compare
	$(BIN)/python data/raw/rebuild.py

lock: setup ## renew requirements.lock (needs uv on the path)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --no-strip-extras --upgrade --output-file requirements.lock

clean: ## remove everything that is made again
	rm -rf .venv reports/*/ reports/index*.html data/processed/*/
