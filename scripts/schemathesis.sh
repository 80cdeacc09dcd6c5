#!/bin/sh
# Lets schemathesis make up requests from docs/openapi.json for a real server, as two tenants and as the operator.
#
#   scripts/schemathesis.sh [CASES_PER_OPERATION [OPTIONS OF schemathesis run]]
#
# NEXUS_BIN is the server to test; what is built in target/debug otherwise. Packages go to target/schemathesis.
set -eu
cd "$(dirname -- "$0")/.."
target=${CARGO_TARGET_DIR:-$(pwd)/target}
case $target in /*) ;; *) target=$(pwd)/$target ;; esac
home=$target/schemathesis
tests=nexus-sdk/compat

[ -x "$home/bin/python" ] || python3 -m venv "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$tests/requirements-contract.txt"

NEXUS_BIN=${NEXUS_BIN:-$target/debug/nexus}
export NEXUS_BIN PYTHONDONTWRITEBYTECODE=1
exec "$home/bin/python" "$tests/contract.py" "$@"
