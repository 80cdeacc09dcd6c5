#!/bin/sh
# Reads docs/openapi.json with three programs of other people: openapi-spec-validator, redocly and spectral.
# Needs python3 with venv, and node with npm; what it installs goes into the target folder.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/openapi-lint
for program in python3 node npm; do
    command -v $program >/dev/null 2>&1 || {
        echo "openapi-lint: $program is missing" >&2
        exit 1
    }
done

mkdir -p "$work"
# Installed again when what is wanted has changed.
if ! cmp -s "$here/requirements.txt" "$work/requirements.txt"; then
    python3 -m venv --clear "$work/venv"
    "$work/venv/bin/pip" install --quiet -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/"
fi
if ! cmp -s "$here/package-lock.json" "$work/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work/"
    (cd "$work" && npm ci --silent --no-progress)
    cp "$here/package-lock.json" "$work/installed.json"
fi

cd "$here"
document=../../docs/openapi.json
"$work/venv/bin/openapi-spec-validator" "$document" | cut -c1-2000 | tee "$work/validator.log"
grep -q ': OK$' "$work/validator.log"
# Neither may ask the network for anything.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
"$work/node_modules/.bin/redocly" lint --config redocly.yaml --max-problems 1000 "$document" 2>"$work/redocly.log" || {
    cat "$work/redocly.log"
    exit 1
}
# Redocly fails for errors only.
! grep -q 'You have .* warning' "$work/redocly.log" || {
    cat "$work/redocly.log"
    exit 1
}
echo "redocly: valid"
"$work/node_modules/.bin/spectral" lint --ruleset spectral.yaml --fail-severity warn "$document"
