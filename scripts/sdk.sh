#!/bin/sh
# The clients for Python and TypeScript.
#
#   scripts/sdk.sh generate   writes what is generated from docs/openapi.json
#   scripts/sdk.sh check      fails when that is stale
#   scripts/sdk.sh test       checks types and style, builds the packages, and runs the tests beside a real server
#   scripts/sdk.sh browser    runs the test in a browser alone
#
# Needs python3 (3.11) with venv, and node (20.19) with npm. What it installs goes into the target folder. The tests use the
# program that was built last (see scripts/with-server.py), and a browser where /usr/bin/chromium or $CHROMIUM is one.
# NEXUS_CASES sets how many streams are cut with each client (25).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/sdk
python=$root/nexus-sdk/python
typescript=$root/nexus-sdk/typescript

fail() {
    printf 'sdk: %s\n' "$*" >&2
    exit 1
}
for program in python3 node npm; do
    command -v $program >/dev/null 2>&1 || fail "$program is missing"
done
mkdir -p "$work"

# Installed again when what is wanted has changed.
install_python() {
    ! cmp -s "$python/requirements-dev.txt" "$work/requirements-dev.txt" || return 0
    python3 -m venv --clear "$work/venv"
    "$work/venv/bin/pip" install --quiet -r "$python/requirements-dev.txt"
    cp "$python/requirements-dev.txt" "$work/"
}

install_typescript() {
    ln -sfn "$work/npm/node_modules" "$typescript/node_modules"
    ! cmp -s "$typescript/package-lock.json" "$work/installed.json" || return 0
    mkdir -p "$work/npm"
    cp "$typescript/package.json" "$typescript/package-lock.json" "$typescript/.npmrc" "$work/npm/"
    (cd "$work/npm" && npm ci --silent --no-progress)
    cp "$typescript/package-lock.json" "$work/installed.json"
}

generate() {
    install_python
    install_typescript
    "$work/venv/bin/python" "$python/generator/generate.py" >/dev/null
    (cd "$typescript" && node generator/generate.mjs >/dev/null)
}

check() {
    rm -rf "$work/before"
    mkdir -p "$work/before"
    cp -R "$python/src/nexusrag/_generated" "$work/before/python"
    cp -R "$typescript/src/generated" "$work/before/typescript"
    generate
    diff -r -x __pycache__ "$work/before/python" "$python/src/nexusrag/_generated" >"$work/difference" &&
        diff -r "$work/before/typescript" "$typescript/src/generated" >>"$work/difference" || {
        head -n 20 "$work/difference" >&2
        fail "the generated code was stale and has been written anew: commit it (make sdk-generate)"
    }
}

test_python() {
    install_python
    cd "$python"
    bin=$work/venv/bin
    "$bin/ruff" check --quiet --no-cache .
    "$bin/ruff" format --quiet --no-cache --check .
    rm -rf "$work/dist"
    "$bin/python" -m build --no-isolation --outdir "$work/dist" . >"$work/build.log" 2>&1 || {
        cat "$work/build.log"
        fail "the Python package cannot be built"
    }
    # The tests are those of the package as it is installed.
    "$bin/pip" install --quiet --force-reinstall --no-deps "$work"/dist/*.whl
    "$bin/mypy" --cache-dir "$work/mypy"
    "$here/with-server.py" "$bin/python" -m pytest -p no:cacheprovider --durations=3 -s
}

test_typescript() {
    install_typescript
    cd "$typescript"
    bin=$typescript/node_modules/.bin
    rm -rf dist build
    "$bin/tsc" -p tsconfig.json
    npm pack --silent --pack-destination "$work" >/dev/null
    "$bin/tsc" -p test/tsconfig.json
    "$here/with-server.py" node --test --test-reporter=spec build/test/*.test.js
}

test_browser() {
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || fail "${CHROMIUM:-/usr/bin/chromium} is missing: install chromium, or set CHROMIUM"
    install_typescript
    cd "$typescript"
    node_modules/.bin/tsc -p tsconfig.json
    node_modules/.bin/tsc -p test/tsconfig.json
    "$here/with-server.py" node --test --test-reporter=spec build/test/browser.test.js
}

case "${1:-}" in
generate) generate ;;
check) check ;;
test)
    (test_python)
    (test_typescript)
    ;;
python) (test_python) ;;
typescript) (test_typescript) ;;
browser) (test_browser) ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
