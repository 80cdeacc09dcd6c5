# NexusRAG: every command a person needs. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help setup run build test compat-test contract-test examples accept lint fmt deps typecheck bench load openapi openapi-lint sdk-generate sdk-check sdk-test browser-test features semver migrate seed preflight up down image clean-data

TARGET := $(or $(CARGO_TARGET_DIR),target)
NEXUS := $(TARGET)/release/nexus
COMPOSE ?= docker compose
LOAD_ARGS ?=
BASELINE ?= main
# Independent policy engines, in a workspace of their own: they switch on features that the product does not have.
ORACLE := CARGO_TARGET_DIR=$(TARGET)/oracle
ORACLE_ARGS := --manifest-path nexus-authz/oracle/Cargo.toml --locked

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## Fetch PostgreSQL with pgvector and the embedding model (once)
	@scripts/setup.sh

run: build ## Start everything, ingest a demo, ask a question, stay up
	@$(NEXUS) quickstart

build: setup
	@cargo build --release --locked --bin nexus

test: ## Run all tests against a PostgreSQL and a Redis of their own
	@scripts/setup.sh --test
	@scripts/with-services.sh cargo test --workspace --locked
	@$(ORACLE) cargo test $(ORACLE_ARGS)

compat-test: ## The official clients of OpenAI's form and of the Model Context Protocol on a real server
	@scripts/setup.sh
	@cargo build --locked --bin nexus
	@scripts/compat-test.sh

contract-test: ## Thousands of requests that schemathesis makes up, as two tenants and as the operator
	@scripts/setup.sh
	@cargo build --locked --bin nexus
	@scripts/schemathesis.sh

examples: ## The services in examples/, built against the packaged crates
	@scripts/setup.sh --test
	@scripts/with-services.sh scripts/examples.sh --locked

# One suite after the other: figures of time mean something only where nothing else runs.
ACCEPT := scripts/with-services.sh cargo test --workspace --locked

accept: ## All tests that try something many times, as often as was promised (an hour or more)
	@scripts/setup.sh --test
	@NEXUS_CASES=10000 $(ACCEPT) --test shared --test laws --test totality --test lowering --test probes --test remote_probes -- --nocapture
	@NEXUS_CASES=200 $(ACCEPT) --test it -- --nocapture idempotency::
	@NEXUS_CASES=2000 $(ACCEPT) --test it -- --nocapture agreement:: simulate::
	@NEXUS_CASES=1000 NEXUS_FAULT_ROUNDS=50 $(ACCEPT) --test audit_tampering --test audit_seal -- --nocapture
	@NEXUS_FAULT_ROUNDS=25 $(ACCEPT) --test faults -- --nocapture --test-threads=1
	@NEXUS_CASES=10000 $(ORACLE) cargo test $(ORACLE_ARGS)

lint: ## Formatting, clippy, rustdoc and dependencies, all without warnings
	cargo fmt --all --check
	cargo fmt --check --manifest-path nexus-authz/oracle/Cargo.toml
	cargo fmt --check --manifest-path nexus-retrieval/fuzz/Cargo.toml
	rustfmt --edition 2024 --check examples/*/src/*.rs examples/*/tests/*.rs
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@$(ORACLE) cargo clippy --all-targets $(ORACLE_ARGS) -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
	@scripts/check-env.sh
	@$(MAKE) --no-print-directory deps

fmt: ## Format the code
	cargo fmt --all

deps: ## Licences, sources and duplicates of the dependencies; advisories with cargo-deny
	@scripts/check-deps.sh

typecheck: ## Check that everything compiles
	cargo check --workspace --all-targets --locked

bench: setup ## Benchmarks of every decision (criterion)
	@scripts/with-services.sh cargo bench --workspace --locked
	@$(ORACLE) cargo bench --features bench $(ORACLE_ARGS)

load: build ## Load on a running server: make load LOAD_ARGS='--help'
	@cargo run --release --locked -p benches --bin load -- $(LOAD_ARGS)

openapi: ## Write the OpenAPI document to docs/openapi.json
	@cargo run --quiet --locked --bin nexus -- openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

openapi-lint: ## Read docs/openapi.json with openapi-spec-validator, redocly and spectral
	@scripts/openapi/lint.sh

sdk-generate: ## Write what the Python and TypeScript clients have from docs/openapi.json
	@scripts/sdk.sh generate

sdk-check: ## Fail when what they have from docs/openapi.json is stale
	@scripts/sdk.sh check

sdk-test: ## Both clients against a real server, with the program that was built last
	@scripts/setup.sh --test
	@scripts/sdk.sh test

browser-test: ## The TypeScript client in Chromium, against a real server
	@scripts/setup.sh --test
	@scripts/sdk.sh browser

LIBRARIES := -p alembic-equiv-migrations -p nexus-core -p nexus-authz -p nexus-retrieval -p nexus-sdk

features: ## Each feature of the libraries alone (cargo-hack), and their documentation as docs.rs builds it
	cargo hack check --each-feature --locked --keep-going $(LIBRARIES)
	RUSTDOCFLAGS='-D warnings' cargo doc --all-features --no-deps --locked $(LIBRARIES)

semver: ## What changed in the interfaces of the libraries since BASELINE (cargo-semver-checks)
	cargo semver-checks --baseline-rev $(BASELINE) $(LIBRARIES)

migrate: build ## Bring the database schema up to date
	@$(NEXUS) migrate

seed: build ## The demo tenant, its corpus and its documents, and nothing that stays up
	@$(NEXUS) quickstart --once

preflight: build ## Check that a deployment can serve
	@$(NEXUS) preflight

up: ## The production shape on this machine: API, worker, PostgreSQL and Valkey in containers
	@scripts/make-env.sh
	@$(COMPOSE) up --build --detach --wait

down: ## Stop the containers; their data stays
	@$(COMPOSE) down

image: ## Build the container image
	@docker build --tag nexusrag:dev .

clean-data: ## Delete the local data of this user: the embedded database and its documents
	@scripts/clean-data.sh
