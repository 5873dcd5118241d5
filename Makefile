# Everything runs in the one virtual environment .venv: `make run` puts the server there, `make install` the
# development tools beside it.
PYTHON ?= python3
BIN := .venv/bin
SERVER := .venv/.server
STAMP := .venv/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PYTEST := $(BIN)/pytest
COVERAGE := $(BIN)/coverage
IN_GREENLETS := tests/contract/test_postgresql_runs.py tests/contract/test_postgresql_store.py
TSC := npx --yes --package typescript@7.0.2 tsc --project src/mosaic_http/page/jsconfig.json

# Tests start hundreds of processes, none of which is to compile the sources again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test postgresql check vendor bench siege properties torture fuzz dist clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

install: $(STAMP) ## set up .venv with the package and the development tools

$(SERVER): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Mosaic needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	$(PIP) -e '.[server]'
	@touch $@

$(STAMP): $(SERVER)
	$(PIP) -e '.[dev]'
	@touch $@

run: $(SERVER) ## serve on http://127.0.0.1:8000; PORT=8080 HOST=0.0.0.0
	$(BIN)/mosaic serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: install ## run all tests but the wide ones over PostgreSQL, then hold the coverage floors
	rm -f .coverage .coverage.*
	$(PYTEST) -n 3 --dist worksteal -m "not postgresql" --cov --cov-report= $(IN_GREENLETS:%=--ignore=%)
	CONCURRENCY=greenlet $(PYTEST) -n 2 -m "not postgresql" --cov --cov-append --cov-report= $(IN_GREENLETS)
	$(COVERAGE) report --include='*/mosaic_core/*' --fail-under=100
	$(COVERAGE) report --fail-under=95

postgresql: install ## run the wide tests over PostgreSQL: every HTTP test, split tables, faults, several servers
	$(PYTEST) -n 2 --dist worksteal -m postgresql

check: install ## lint, formatting, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v npm >/dev/null; then $(TSC); else echo "The types of the web page are not checked: npm is missing"; fi

vendor: ## bring in the newest libraries of the web page and of the documentation page (needs npm)
	$(PYTHON) scripts/vendor_page.py
	$(PYTHON) scripts/vendor_swagger_ui.py

bench: install ## measure Mosaic beside the floors of this machine (needs wrk); ROWS="today stats" selects
	$(BIN)/python bench/run.py $(ROWS)

siege: install ## let hostile and heavy clients loose beside well-behaved users; WORKERS=2, ONLY="idle uploads"
	cd bench && ../$(BIN)/python -m siege $(if $(WORKERS),--workers $(WORKERS)) $(if $(ONLY),--only $(ONLY))

properties: install ## try each property with many more examples, over every store; EXAMPLES=1000
	MOSAIC_EXAMPLES=$(or $(EXAMPLES),1000) $(PYTEST) -n 2 -m hypothesis

torture: install ## kill servers and backups again and again and look for lost or torn data
	MOSAIC_TORTURE_ROUNDS=100 $(PYTEST) tests/e2e/test_torture.py tests/e2e/test_backup_torture.py -s

fuzz: install ## let schemathesis loose on the server, as a user and as an administrator; EXAMPLES=1000
	MOSAIC_FUZZ_EXAMPLES=$(or $(EXAMPLES),200) $(PYTEST) tests/e2e/test_fuzzing.py -s

dist: $(SERVER) ## build the wheel and the source distribution into dist/
	$(PIP) build
	$(BIN)/python -m build --outdir dist .

clean: ## remove what the targets made; never data/
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +
	find src -name '*.egg-info' -prune -exec rm -rf {} +
