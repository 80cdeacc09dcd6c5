#!/bin/sh
# Fails when .env.example offers a name that nothing reads.
set -eu
cd "$(dirname -- "$0")/.."
dead=0
for name in $(sed -nE 's/^(# )?([A-Z][A-Z0-9_]+)=.*/\2/p' .env.example); do
    grep -rqF --include='*.rs' "\"$name\"" nexus-*/src && continue
    grep -qF "\${$name" compose.yaml && continue
    echo "check-env: nothing reads $name of .env.example" >&2
    dead=1
done
exit "$dead"
