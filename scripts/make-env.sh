#!/bin/sh
# Makes .env from .env.example, with a password of its own, unless there is one.
set -eu
cd "$(dirname -- "$0")/.."
[ ! -e .env ] || exit 0
umask 077
password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
master=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
keyring=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
sed -e "s/^POSTGRES_PASSWORD=\$/POSTGRES_PASSWORD=$password/" \
    -e "s/^CRYPTO_LOCAL_MASTER_KEY=\$/CRYPTO_LOCAL_MASTER_KEY=$master/" \
    -e "s/^KEYRING_MASTER_KEY=\$/KEYRING_MASTER_KEY=$keyring/" .env.example >.env.new
mv .env.new .env
echo "made .env from .env.example"
