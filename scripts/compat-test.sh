#!/bin/sh
# Lets the official clients of OpenAI's form and of the Model Context Protocol, and curl, use a real server (nexus-sdk/compat).
#
# NEXUS_BIN is the server to test; what is built in target/debug otherwise. Packages go to target/compat.
set -eu
cd "$(dirname -- "$0")/.."
target=${CARGO_TARGET_DIR:-target}
home=$(pwd)/$target/compat
case $target in /*) home=$target/compat ;; esac
tests=nexus-sdk/compat

mkdir -p "$home/node"
[ -x "$home/venv/bin/python" ] || python3 -m venv "$home/venv"
"$home/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$tests/requirements.txt"
cp "$tests/package.json" "$tests/openai.mjs" "$home/node/"
(cd "$home/node" && npm install --no-package-lock --no-audit --no-fund --silent)

NEXUS_BIN=${NEXUS_BIN:-$(dirname -- "$home")/debug/nexus}
export NEXUS_BIN COMPAT_NODE="$home/node" PYTHONDONTWRITEBYTECODE=1
cd "$tests"
exec "$home/venv/bin/python" -m unittest --verbose "$@"
