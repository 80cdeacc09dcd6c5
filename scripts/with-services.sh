#!/bin/sh
# Runs a command with a PostgreSQL and a Redis of its own, and stops both when it ends.
#
#   scripts/with-services.sh cargo test --workspace
#
# The command finds NEXUS_TEST_DATABASE_URL (a superuser), NEXUS_TEST_REDIS_URL, NEXUS_TEST_MODEL_DIR and
# NEXUS_PG_BINDIR in its environment. A URL that is set already is used as it is, and that service is not started.
# Nothing is durable and nothing listens on the network.
set -eu
umask 022
[ $# -gt 0 ] || {
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

fail() {
    printf 'with-services: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
am_root() { [ "$(id -u)" = 0 ]; }

if [ -n "${NEXUS_CACHE_DIR:-}" ]; then
    cache=$NEXUS_CACHE_DIR
elif am_root; then
    cache=/var/cache/nexusrag
else
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/nexusrag
fi

find_postgres() {
    [ -z "${NEXUS_PG_BINDIR:-}" ] || {
        echo "$NEXUS_PG_BINDIR"
        return
    }
    for dir in "$cache/postgres-16/bin" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
        [ -x "$dir/postgres" ] || continue
        [ -f "$("$dir/pg_config" --sharedir 2>/dev/null)/extension/vector.control" ] || continue
        echo "$dir"
        return
    done
    fail "no PostgreSQL with pgvector was found: run scripts/setup.sh --test, or set NEXUS_PG_BINDIR"
}

postgres_pid='' redis_pid=''
cleanup() {
    trap '' INT TERM HUP
    for pid in $redis_pid; do kill -TERM "$pid" 2>/dev/null || :; done
    # Nothing in it is kept, so it need not be written back.
    for pid in $postgres_pid; do kill -QUIT "$pid" 2>/dev/null || :; done
    wait 2>/dev/null || :
    [ -z "${home:-}" ] || rm -rf "$home"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Not TMPDIR: a socket address has about 100 bytes.
home=$(mktemp -d /tmp/nexus-test.XXXXXX)
chmod 711 "$home"

# A parent-death signal ends the services even when this script is killed.
tie=''
if have setpriv && setpriv --help 2>/dev/null | grep -q -e --pdeathsig; then tie='setpriv --pdeathsig KILL --'; fi

start_postgres() {
    bin=$(find_postgres)
    NEXUS_PG_BINDIR=$bin
    export NEXUS_PG_BINDIR
    mkdir -m 700 "$home/pg" "$home/run"
    drop=''
    if am_root; then
        for account in postgres nobody; do id "$account" >/dev/null 2>&1 && break; done
        have setpriv || fail "root needs setpriv (package util-linux) to start PostgreSQL as $account"
        drop="setpriv --reuid=$account --regid=$(id -g "$account") --clear-groups --"
        chown "$account" "$home/pg" "$home/run"
    fi
    # shellcheck disable=SC2086 # prefixes of several words
    (cd / && $drop "$bin/initdb" -D "$home/pg" -U nexus -E UTF8 --locale=C.UTF-8 -A trust --no-sync) \
        >"$home/initdb.log" 2>&1 || {
        tail -n 5 "$home/initdb.log" >&2
        fail "initdb failed with the PostgreSQL in $bin"
    }
    # shellcheck disable=SC2086
    (cd / && exec $drop $tie "$bin/postgres" -D "$home/pg" -c listen_addresses= \
        -c unix_socket_directories="$home/run" -c unix_socket_permissions=0700 -c fsync=off \
        -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
        -c max_connections=300 -c shared_buffers=256MB -c max_locks_per_transaction=256 -c jit=off \
        -c autovacuum_naptime=10min -c timezone=UTC) >"$home/postgres.log" 2>&1 &
    postgres_pid=$!
    tries=0
    until "$bin/pg_isready" -q -h "$home/run" -U nexus -d postgres; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ] || ! kill -0 "$postgres_pid" 2>/dev/null; then
            tail -n 10 "$home/postgres.log" >&2
            fail "PostgreSQL did not start"
        fi
        sleep 0.05
    done
    "$bin/createdb" -h "$home/run" -U nexus nexus || fail "the database nexus could not be created"
    socket=$(printf '%s' "$home/run" | sed 's,/,%2F,g')
    NEXUS_TEST_DATABASE_URL="postgresql://nexus@localhost/nexus?host=$socket"
    export NEXUS_TEST_DATABASE_URL
}

start_redis() {
    for program in redis-server valkey-server; do have $program && break; done
    have "$program" || fail "no redis-server was found: run scripts/setup.sh --test"
    # shellcheck disable=SC2086
    $tie "$program" --port 0 --unixsocket "$home/redis.sock" --unixsocketperm 700 --save '' --appendonly no \
        --dir "$home" >"$home/redis.log" 2>&1 &
    redis_pid=$!
    tries=0
    until [ -S "$home/redis.sock" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$redis_pid" 2>/dev/null; then
            tail -n 10 "$home/redis.log" >&2
            fail "$program did not start"
        fi
        sleep 0.05
    done
    NEXUS_TEST_REDIS_URL="redis+unix://$home/redis.sock"
    export NEXUS_TEST_REDIS_URL
}

[ -n "${NEXUS_TEST_DATABASE_URL:-}" ] || start_postgres
[ -n "${NEXUS_TEST_REDIS_URL:-}" ] || start_redis
export NEXUS_TEST_MODEL_DIR="${NEXUS_TEST_MODEL_DIR:-$cache/models/all-MiniLM-L6-v2}"
# A developer's own services are never a target of tests.
unset DATABASE_URL REDIS_URL

# In the foreground, so that Ctrl-C reaches the command as usual.
status=0
"$@" || status=$?
exit "$status"
