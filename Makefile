# Veza Hub. `make help` lists what there is; everything sets itself up first.

PORT  ?= 8080
DATA  ?= .veza
NODES ?= 1
MUSIC ?=
ARGS  ?=
DUR   ?= 60
SEEDS ?= 1 2 3

PYTHON ?= python3.11
BIN    := .venv/bin
# Uses the Node on PATH when it is 20.19 or later, else the one that a wheel brings.
NPM    := $(CURDIR)/.ci/npm

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check checkformat checklint checktypes checkimports checkweb format bench faults model web docs lock setup clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables of run: PORT=8080 DATA=.veza MUSIC=folder NODES=1. Of test: ARGS='tests/hub -k up'. Of faults: DUR=60 SEEDS='1 2 3'."

run: .venv/ready web/dist/index.html ## Run the hub on this machine: http://127.0.0.1:8080
	@exec $(BIN)/veza up --port $(PORT) --data $(DATA) --nodes $(NODES) $(if $(MUSIC),--music "$(MUSIC)")

test: .venv/ready web/dist/index.html ## Run all tests on real servers and a real browser
ifeq ($(strip $(ARGS)),)
	cd web && $(NPM) run --loglevel=error test
endif
	@exec $(BIN)/python -m pytest $(ARGS)

check: .venv/ready web/node_modules/.ready ## Format, lint, types, import direction
	@$(MAKE) --no-print-directory --keep-going checkformat checklint checktypes checkimports checkweb

checkformat:
	$(BIN)/ruff format --quiet --check .

checklint:
	$(BIN)/ruff check --quiet .

checktypes:
	$(BIN)/mypy

checkimports:
	$(BIN)/lint-imports --no-logo

checkweb:
	cd web && $(NPM) run --if-present --loglevel=error lint && $(NPM) run --loglevel=error typecheck

format: .venv/ready ## Put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/ready web/dist/index.html ## Measure; the figures are printed
	@exec $(BIN)/python -m loadtests $(ARGS)

faults: .venv/ready ## Break a whole hub for DUR seconds a seed of SEEDS, and compare what was promised
	@exec $(BIN)/python -m tests.faults --seconds $(DUR) --seeds $(SEEDS) $(ARGS)

model: .venv/ready ## Try the rules of queue and playback on 2,000 random rooms: a quarter of an hour
	@exec $(BIN)/python -m pytest tests/rooms/playback/test_turntable.py -k RoomMachine \
		--hypothesis-profile long --timeout 3600 -o faulthandler_timeout=0 $(ARGS)

web: web/dist/index.html ## Build the web client

docs: .venv/ready ## Write the generated documents anew
	@exec $(BIN)/python -m docs.generate

lock: .venv/ready ## Resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --extra dev --no-emit-index-url \
		--no-header pyproject.toml --output-file requirements.lock

setup: .venv/ready web/dist/index.html ## Do all set-up and nothing else

clean: ## Remove what was built; data stays
	rm -rf .venv web/node_modules web/packages/*/node_modules web/dist

# uv installs the locked versions, and pip installs uv: every file is checked by its hash.
.venv/ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not on PATH; set PYTHON=…" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing dependencies …"
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		-r .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

web/node_modules/.ready: web/package-lock.json web/package.json $(wildcard web/packages/*/package.json) | .venv/ready
	@echo "installing the web client's dependencies …"
	@cd web && $(NPM) ci --loglevel=error --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.ready $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)
	@echo "building the web client …"
	@cd web && $(NPM) exec --loglevel=error -- vite build --logLevel=warn
	@touch $@
