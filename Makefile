# The commands of the project. `make help` lists them.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.ready-dev
PORT ?= 8000
SERVE ?= 1
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-compile
COMPILE := PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
    --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
NEEDS := demo
ARGS ?=
# One worker more than there are cores: each waits now and then for its database or browser. What lies side by side begins with the
# same scenes, so a worker begins with its share in their order, and takes of the others when it is through.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Python keeps what it compiled, whatever the shell asks for: a run of the tests starts some hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint fix serve bench guides words lock clean system

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Install everything, run the whole story on invented data, serve the portal (SERVE=0: do not serve)
	@VOUCHER_MODE=demo $(BIN)/voucher db upgrade
	@VOUCHER_MODE=demo $(BIN)/voucher demo
ifneq ($(SERVE),0)
	@VOUCHER_MODE=demo exec $(BIN)/voucher serve --port $(PORT)
endif

test: NEEDS := test
test: $(TOOLS) ## The whole test suite, on SQLite and on PostgreSQL (ARGS="-k batch" for a part of it)
	@.ci/postgres $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(TOOLS) ## Style, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config setup.cfg

fix: $(TOOLS) ## Mend what the linter can mend by itself
	@$(BIN)/ruff check --fix .

serve: $(READY) ## Serve the portal on the demo's data (PORT=8000)
	@VOUCHER_MODE=demo $(BIN)/voucher db upgrade
	@VOUCHER_MODE=demo exec $(BIN)/voucher serve --port $(PORT)

bench: $(TOOLS) ## Measure the ledger on both engines, and the rules (ARGS="--entries 1000000")
	@POSTGRES_OPTIONS="fsync=on max_connections=300" .ci/postgres $(BIN)/python -m tests.bench $(ARGS)

guides: $(READY) ## Write the accounting manual anew from the code, in both languages
	@for language in zh en; do $(BIN)/voucher manual --language $$language > templates/guides/$$language/accounting.md; done

words: $(TOOLS) ## Bring the catalogs of translations in step with the code, and name what lacks Chinese
	@$(BIN)/python templates/translations/collect.py

lock: $(TOOLS) ## Write the two requirements files anew from setup.cfg: every dependency pinned and hashed
	@$(COMPILE) --extra build --output-file requirements.txt setup.cfg
	@$(COMPILE) --extra build --extra dev --constraint requirements.txt --output-file requirements-dev.txt setup.cfg

clean: ## Remove what can be made again; the data in instance/ stays
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

system:
	@.ci/system $(NEEDS)

# The tools of building come first, so that what has no wheel is built with them and not with others fetched for the
# occasion. The stamp comes last, so that an installation that was interrupted is taken up again.
$(READY): requirements.txt setup.cfg pyproject.toml | system
	@echo "Installing into $(VENV) from requirements.txt; this takes a minute."
	@$(BIN)/python -c "" 2>/dev/null || "$$(.ci/python)" -m venv --clear $(VENV)
	@awk '/^[a-z]/ { tool = /^(packaging|setuptools|wheel)==/ } tool' requirements.txt > $(VENV)/tools.txt
	@$(PIP) --require-hashes -r $(VENV)/tools.txt
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --editable .
	@touch $@

$(TOOLS): requirements-dev.txt $(READY)
	@echo "Installing what tests and checks need, from requirements-dev.txt."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
