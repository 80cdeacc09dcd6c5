#!/bin/sh
# Writes docs/configuration.md from what the program itself says about its settings.
#
#   scripts/configuration.sh           writes the page
#   scripts/configuration.sh --check   fails when the page is not up to date
#
# NEXUS   the program (default: the debug build, which is made if it is not there)
set -eu
cd "$(dirname -- "$0")/.."
program=${NEXUS:-${CARGO_TARGET_DIR:-target}/debug/nexus}
[ -x "$program" ] || cargo build --quiet --locked --bin nexus
page=docs/configuration.md
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
# An empty environment: the page shows defaults, whatever is set here.
env -i "$program" config list --json | python3 scripts/configuration.py >"$fresh"
case "${1:-}" in
'') cp "$fresh" "$page" ;;
--check) diff -u "$page" "$fresh" || { echo "configuration: $page is stale; run scripts/configuration.sh" >&2; exit 1; } ;;
*) echo "configuration: unknown argument $1" >&2; exit 2 ;;
esac
