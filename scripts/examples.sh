#!/bin/sh
# Packages the library crates, unpacks them for the services in `examples`, and runs the tests of those.
#
# The services are built and run under a DATABASE_URL that leads nowhere: it is the host's, and no business of the crates.
set -eu
cd "$(dirname -- "$0")/.."
target=${CARGO_TARGET_DIR:-target}
crates='alembic-equiv-migrations nexus-core nexus-authz nexus-retrieval'

rm -rf "$target/package" examples/packages
# shellcheck disable=SC2046,SC2086
cargo package --quiet --no-verify --allow-dirty $(printf -- '--package %s ' $crates)
mkdir -p examples/packages
for crate in $crates; do
    tar -xzf "$target"/package/"$crate"-[0-9]*.crate -C examples/packages
    mv examples/packages/"$crate"-[0-9]* "examples/packages/$crate"
done

target=$(cd "$target" && pwd)
export DATABASE_URL=postgresql://nobody@127.0.0.1:9/of-the-host CARGO_TARGET_DIR="$target/examples"
exec cargo test --manifest-path examples/Cargo.toml --workspace "$@"
