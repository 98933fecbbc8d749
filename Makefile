PORT ?= 4566
WATCH_PORT ?= 9001
PARAMS ?=
ROUNDS ?= 5

SAMCONFIG := $(CURDIR)/infra/samconfig.toml
# What a first `make deploy` chose, so that the functions are built for the machine that they are deployed to.
ARCHITECTURE ?= $(or $(shell sed -n 's/.*Architecture=[\\"]*\([a-z0-9_]*\).*/\1/p' $(SAMCONFIG)),arm64)
BUILD_FLAG = $(if $(filter x86_64,$(ARCHITECTURE)),--x86-64,--arm64)

.PHONY: help local watch demo test bench fmt lint build deploy clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

local: ## a local AWS with the stack on it, until Ctrl-C (PORT=4566, PARAMS="HoldSeconds=0 ReactionUrl=http://…")
	@python3 infra/local up --port $(PORT) --params "$(PARAMS)"

watch: ## the functions under cargo lambda watch, built anew when their code changes (WATCH_PORT=9001, PARAMS)
	@python3 infra/local watch --port $(WATCH_PORT) --params "$(PARAMS)"

demo: ## a short story played through a local AWS
	@python3 infra/local demo

test: ## every test, beside a local AWS
	@python3 infra/local with -- env RUST_TEST_THREADS=4 cargo test --workspace --no-fail-fast

bench: ## measure anew what tests/bench/RESULTS.md says (ROUNDS=5)
	@python3 tests/bench --rounds $(ROUNDS)

fmt: ## format the code
	cargo fmt --all

lint: ## check format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

build: ## the functions for AWS (ARCHITECTURE=arm64 or x86_64)
	@command -v cargo-lambda >/dev/null || { echo "cargo-lambda is missing: pip install cargo-lambda (it brings zig)."; exit 1; }
	@command -v zig >/dev/null || python3 -m ziglang version >/dev/null 2>&1 \
		|| { echo "zig is missing: pip install cargo-lambda, with its dependencies, brings it."; exit 1; }
	cargo lambda build --release $(BUILD_FLAG) --package receiver --package reactor

deploy: build ## to AWS with SAM, which asks for the settings the first time
	@command -v sam >/dev/null || { echo "sam is missing: pip install aws-sam-cli."; exit 1; }
	sam deploy --template-file template.yaml --config-file $(SAMCONFIG) \
		$(shell grep -q stack_name $(SAMCONFIG) || echo --guided --stack-name alga-webhooks \
			--parameter-overrides Architecture=$(ARCHITECTURE))

clean: ## remove all that was built or set up
	rm -rf target
