PORT ?= 4566
WATCH_PORT ?= 9001
PARAMS ?=
ARGS ?=
RUNS ?= 100000
ROUNDS ?= 5
HISTORIES ?= 100
FLAW ?=

# What the long runs report, printed at the end.
soak: export SOAK_REPORT := $(CURDIR)/target/soak.txt
# By default what the stack runs on; `make deploy` asks for it the first time.
ARCHITECTURE ?=

# In CI, cargo must not change Cargo.lock; elsewhere it writes down what Cargo.toml asks for.
LOCKED := $(if $(CI),--locked)

# The test binaries that need no local AWS.
AWS_FREE := --test algapsa --test model --test properties
FUZZED := signature envelope lambda_event place body doorbell secret

.PHONY: help local watch demo pictures test check flaws fuzz soak bench notices cost arm fmt lint cli build package deploy clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

local: ## a local AWS with the stack on it, until Ctrl-C (PORT=4566, PARAMS="HoldSeconds=0 ReactionUrl=http://…")
	@python3 infra/local up --port $(PORT) --params "$(PARAMS)"

watch: ## the functions under cargo lambda watch, built again when their code changes (WATCH_PORT=9001, PARAMS)
	@python3 infra/local watch --port $(WATCH_PORT) --params "$(PARAMS)"

demo: ## play a short story through a local AWS (CONSOLE=1 opens a page on which you can watch it)
	@python3 infra/local demo $(if $(CONSOLE),--console)

pictures: ## draw the pictures in the documents again, from real runs on a local AWS
	@python3 infra/local pictures

test: ## every test, next to a local AWS (ARGS="--test functions receiver::" chooses, as for cargo test)
	@python3 infra/local with --browser -- env RUST_TEST_THREADS=8 cargo test $(LOCKED) --no-fail-fast $(ARGS)

check: lint ## format, lints, and all tests that need no local AWS; within a minute once everything is built
	cargo test $(LOCKED) --no-fail-fast --lib --bins $(AWS_FREE)

fuzz: ## fuzz everything that reads foreign bytes (RUNS=100000 of each target; needs a C++ compiler)
	@cd tests/fuzz && cargo build $(LOCKED) --profile fuzz --target-dir $(CURDIR)/target/fuzz
	@for law in $(FUZZED); do \
		mkdir -p target/fuzz/corpus/$$law target/fuzz/found; \
		target/fuzz/*/fuzz/$$law -runs=$(RUNS) -verbosity=0 -print_final_stats=1 \
			-artifact_prefix=target/fuzz/found/$$law- target/fuzz/corpus/$$law tests/fuzz/seeds/$$law \
			2> target/fuzz/$$law.log || { cat target/fuzz/$$law.log; exit 1; }; \
		echo "$$law: $$(sed -n 's/^stat::number_of_executed_units: *//p' target/fuzz/$$law.log) runs, nothing found"; \
	done

flaws: ## put each known flaw into a copy of the code, and see that a check catches it (FLAW="part of a name")
	@python3 infra/local with -- cargo run $(LOCKED) --bin flaws -- $(if $(FLAW),"$(FLAW)")

soak: ## the long tests, hours in all (SOAK_EVENTS=100000, SOAK_MINUTES=60 at most for the load, HISTORIES=100)
	@rm -f $(SOAK_REPORT)
	@python3 infra/local with -- env FAULTS=2 HISTORIES=$(HISTORIES) cargo test $(LOCKED) --test faults
	@MISHAPS=2 cargo test $(LOCKED) -q --release --test model
	@$(MAKE) --no-print-directory flaws
	@python3 infra/local with -- cargo test $(LOCKED) --test load -- --ignored --nocapture --test-threads 1; \
		status=$$?; cat $(SOAK_REPORT); exit $$status

bench: ## measure again what tests/bench/RESULTS.md says (ROUNDS=5)
	@python3 tests/bench --rounds $(ROUNDS)

notices: ## measure what each way of listening notices of the same working days (ARGS="--seed 2"; --help lists more)
	@python3 infra/local with -- cargo run $(LOCKED) -q -p notices -- $(ARGS)

cost: ## what a stack costs a month (ARGS="--events 50000 --params Dashboard=false"; --help lists more)
	@python3 tests/bench/monthly.py $(ARGS)

arm: ## build for ARM, and let that build serve a delivery on a local AWS (by qemu-user on another processor)
	@python3 infra/local arm

fmt: ## format the code
	cargo fmt --all

lint: ## check format and lints, also of the fuzz targets and the bench; and that no dependency is compiled twice
	cargo fmt --all --check
	@# Nothing is linked here, so that libFuzzer need not be compiled.
	CUSTOM_LIBFUZZER_PATH=./none.a cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
	@python3 infra/local once

cli: ## the operator's tool, alga-webhooks
	@python3 infra/local tool

build: ## the functions for AWS, in target/deploy (ARCHITECTURE=arm64 or x86_64)
	@python3 infra/local deployable --architecture "$(ARCHITECTURE)"

deploy: ## build and deploy to AWS with SAM, which asks for the settings the first time (ARCHITECTURE=arm64 or x86_64)
	@python3 infra/local to-aws --architecture "$(ARCHITECTURE)"

package: ## what a release publishes, in target/package: functions for both architectures, a template, the tool, checksums
	@python3 infra/local package

clean: ## remove everything that was built or set up
	rm -rf target
