# `make demo` and `make test` need nothing but make and Python 3.11 or later; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
ARGS ?=

BIN := .venv/bin/python
# Settings for tools that look at the project without touching a database.
WITH_TEST_SETTINGS := DJANGO_SETTINGS_MODULE=tests.settings

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-reset test pytest browser check lint format types imports messages messages-check migrations \
        deploy-check install install-runtime system system-demo run seed bench measure lock

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: install-runtime system-demo ## Everything at http://127.0.0.1:8000 (PORT=8123: elsewhere); Ctrl-C stops it, what was filled in stays
	@exec $(BIN) -m tools.demo --port $(PORT)

demo-reset: install-runtime system-demo ## Throw the demo's data away (refuses while it runs) and start it afresh
	@$(BIN) -m tools.demo --erase
	@exec $(BIN) -m tools.demo --port $(PORT)

test: install system check pytest ## Every check and every test, on private servers; ARGS="-k word" chooses tests

pytest: install ## Only the tests
	@exec $(BIN) -m tools.servers -- $(BIN) -m pytest $(ARGS)

browser: install system ## Only the tests in a browser
	@exec $(BIN) -m tools.servers -- $(BIN) -m pytest -m browser $(ARGS)

check: lint types imports messages-check migrations deploy-check ## Every check that runs no test

lint: install ## Ruff and djade, changing nothing
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2 --check

format: install ## Ruff, django-upgrade and djade, changing files
	$(BIN) -m ruff check --fix .
	$(BIN) -m ruff format .
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2

types: install ## mypy --strict
	$(BIN) -m mypy

imports: install ## Imports point one way
	$(BIN) .venv/bin/lint-imports --no-logo

messages: install ## Collect the texts to translate into locale/nl (needs Debian's gettext)
	$(BIN) -m tools.messages update

messages-check: install
	$(BIN) -m tools.messages check

migrations: install
	$(WITH_TEST_SETTINGS) $(BIN) -m tools.servers -- $(BIN) manage.py makemigrations --check --dry-run

deploy-check: install
	$(BIN) -m tools.setup.deploy_check

install: ## Make .venv with everything for development
	@$(PYTHON) tools/setup/environment.py dev

install-runtime:
	@$(PYTHON) tools/setup/environment.py runtime

system:
	@$(PYTHON) tools/setup/system.py

system-demo:
	@$(PYTHON) tools/setup/system.py demo

run: install ## The development server with reload, on the running demo's data (port 8001)
	DEBUG=1 SITE_URL=http://127.0.0.1:8001 $(BIN) manage.py runserver 8001

seed: install-runtime ## Fill the demo's database without starting the web server
	@$(BIN) -m tools.demo --seed-only

bench: install ## Measure speed against floors; prints a table
	@exec $(BIN) -m tools.bench $(ARGS)

measure: install system ## Measure filling in: clicks and keys, weight and time of its pages; prints tables
	@$(BIN) -m tools.effort
	@$(BIN) -m tools.weight

lock: install ## Pin the newest versions of requirements*.in, with hashes, for every system and Python from 3.11 on
	$(BIN) -m uv pip compile --universal --python-version 3.11 --upgrade --quiet --generate-hashes requirements.in -o requirements.txt
	$(BIN) -m uv pip compile --universal --python-version 3.11 --upgrade --quiet --generate-hashes -c requirements.txt requirements-dev.in -o requirements-dev.txt
