#!/bin/sh
# Holds the dependencies to deny.toml: with cargo-deny when it is installed (advisories included), and always with a
# reading of `cargo metadata --locked`, which needs no network and fails when Cargo.lock is stale.
#
# CI_INSTALL_DENY=1 installs cargo-deny first (some minutes).
set -eu
cd "$(dirname -- "$0")/.."

if [ "${CI_INSTALL_DENY:-}" = 1 ] && ! command -v cargo-deny >/dev/null 2>&1; then
    cargo install cargo-deny --locked
fi

cargo metadata --locked --format-version 1 --all-features | python3 scripts/check_deps.py deny.toml

if command -v cargo-deny >/dev/null 2>&1; then
    cargo deny --locked check licenses bans sources
    # Advisories come from a database on the network; a machine without it still checks all the rest.
    if ! cargo deny --locked check advisories; then
        cargo deny --locked fetch db >/dev/null 2>&1 || {
            echo "check-deps: the advisory database cannot be fetched here; advisories were NOT checked" >&2
            exit 0
        }
        exit 1
    fi
else
    echo "check-deps: cargo-deny is not installed; advisories were NOT checked (cargo install cargo-deny --locked)" >&2
fi
