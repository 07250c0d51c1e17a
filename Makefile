# Every target works on a fresh clone: it installs what it needs, once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Puts the engine that fits in front of PATH for one command.
WITH_ENGINE = PATH="$$(tools/engine.sh):$$PATH"
INSTALLED = node_modules/.installed
# Arguments of a target's command, such as ARGS=tests/config for `make test`.
ARGS ?=

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: sandbox
sandbox: $(INSTALLED) engine ## Bring the sandbox environment up on this machine, without a cloud account, and prove that it answers
	@tools/packages.sh sandbox
	@$(WITH_ENGINE) cli/clusters sandbox $(ARGS)

.PHONY: sandbox-down
sandbox-down: $(INSTALLED) ## Take the sandbox environment away again: processes and files
	@cli/clusters sandbox --down

.PHONY: test
test: lint engine packages ## Run all tests; ends with "N passed, N failed"
	@$(WITH_ENGINE) npx jest $(ARGS)

.PHONY: kill-table
kill-table: $(INSTALLED) packages ## Kill each part of the resolution service in each phase of a transfer; about three minutes
	@node --require ./tools/typescript.cjs tests/services/system/kill-table.ts

.PHONY: move-demo
move-demo: $(INSTALLED) packages ## Move a user between two clusters under load by visitors who never ask DNS again; about a minute
	@node --require ./tools/typescript.cjs tests/services/edges/move-demo.ts

.PHONY: packages
packages: ## Find the programs that tests start, such as PostgreSQL and Knot, or install their Debian packages
	@tools/packages.sh test

.PHONY: lint types rules formatted
lint: $(INSTALLED) ## Check types, rules and format
	@$(MAKE) --jobs=2 --output-sync=target types rules formatted
types:
	@npx tsc --noEmit
rules:
	@npx eslint .
formatted:
	@npx prettier --check --log-level warn .

.PHONY: format
format: $(INSTALLED) ## Rewrite sources in the project's format
	@npx prettier --write --log-level warn .

.PHONY: generated
generated: $(INSTALLED) ## Rewrite what is derived from the code: JSON schema, table of policies
	@npm run --silent generate

.PHONY: bench
bench: $(INSTALLED) engine ## Measure, as ratios side by side in one run
	@tools/packages.sh bench
	@$(WITH_ENGINE) node --require ./tools/typescript.cjs bench/main.ts $(ARGS)

.PHONY: fuzz
fuzz: $(INSTALLED) packages ## Send hostile requests to the control API: ARGS="<requests per operation> <seed>"
	@node --require ./tools/typescript.cjs tests/services/resolution/server/fuzz/main.ts $(ARGS)

.PHONY: engine
engine: ## Find a Pulumi engine, or build one into the cache
	@tools/engine.sh >/dev/null

$(INSTALLED): package.json package-lock.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 11) ? 0 : 1)' \
	  || { echo "Node.js 20.11 or later is needed; this is $$(node --version 2>/dev/null || echo 'none')" >&2; exit 1; }
	@echo "installing npm packages" >&2
	@npm ci --loglevel=error >&2
	@touch $@
