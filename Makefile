PYTHON ?= python3.11
PORT ?= 8000
BIN = .venv/bin
.PHONY: run test check format bench clean

run: .venv/installed  ## install, make the demo country if there is none, serve GraphQL
	@$(BIN)/oln demo --if-missing
	@$(BIN)/oln serve --port $(PORT)

test: .venv/tested check  ## everything, on SQLite and a real PostgreSQL
	@$(BIN)/pytest -n 2 --dist worksteal

check: .venv/tested  ## format, lint, types, import contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: .venv/tested
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: .venv/tested  ## comparisons that print ratios
	@for b in benchmarks/*/run.py; do $(BIN)/python $$b; done

.venv/installed: requirements.lock pyproject.toml
	@echo "Instalando OLN en .venv; la primera vez tarda cerca de un minuto…"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/tested: .venv/installed requirements-test.lock
	@echo "Instalando las herramientas de prueba…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-test.lock
	@touch $@
