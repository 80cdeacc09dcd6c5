#!/bin/sh
# Deletes the data folder of the embedded installation after a question (or with YES=1). Never touches a DATABASE_URL.
set -eu

if [ -n "${NEXUS_DATA_DIR:-}" ]; then
    data=$NEXUS_DATA_DIR
elif [ "$(id -u)" = 0 ]; then
    data=/var/lib/nexusrag
else
    data=${XDG_DATA_HOME:-${HOME:?}/.local/share}/nexusrag
fi

[ -d "$data" ] || {
    echo "there is no data in $data"
    exit 0
}
# Only a folder that a nexus made is deleted, whatever the variable says.
[ -f "$data/nexus.lock" ] || {
    echo "clean-data: $data does not look like a NexusRAG data folder (no nexus.lock); nothing was deleted" >&2
    exit 1
}
if command -v flock >/dev/null 2>&1 && ! flock --nonblock "$data/nexus.lock" true; then
    echo "clean-data: a nexus (process $(cat "$data/nexus.lock")) is using $data; stop it first" >&2
    exit 1
fi
if [ "${YES:-}" != 1 ]; then
    printf 'delete %s (%s)? [y/N] ' "$data" "$(du -sh "$data" | cut -f1)"
    read -r answer || answer=
    case "$answer" in y | Y | yes) ;; *) echo "nothing was deleted" && exit 1 ;; esac
fi
rm -rf "$data"
echo "deleted $data"
