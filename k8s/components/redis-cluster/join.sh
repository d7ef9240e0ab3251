#!/bin/sh
# Starts this node and keeps the six together.
#
# Nodes know each other by address, and a pod that comes back has a new one. One pod tells the others by itself; when all
# were away at the same time nobody knows where anybody is. So whoever is not content introduces itself to all names
# again, which changes nothing where all is well. Of six empty nodes the first makes a cluster, once.
set -eu

size=${SIZE:-6}
port=${PORT:-6379}
domain=${DOMAIN:-redis-cluster}
# Read again each time: it may change while this runs.
auth() {
    REDISCLI_AUTH=$(cat "${PASSWORD_FILE:-/run/secrets/redis/password}")
    export REDISCLI_AUTH
}

# Addresses of the nodes that can be looked up and answer, in order.
nodes() {
    n=0
    while [ "$n" -lt "$size" ]; do
        ip=$(getent hosts "redis-cluster-$n.$domain" | awk '{ print $1; exit }') || ip=
        [ -z "$ip" ] || [ "$(redis-cli -h "$ip" -p "$port" ping 2>/dev/null)" != PONG ] || echo "$ip"
        n=$((n + 1))
    done
}

# A line of `cluster info`: node, key.
info() { redis-cli -h "$1" -p "$port" cluster info 2>/dev/null | tr -d '\r' | awk -F: -v key="$2" '$1 == key { print $2 }'; }

content() { [ "$(info "$POD_IP" cluster_state)" = ok ] && [ "$(info "$POD_IP" cluster_known_nodes)" -ge "$size" ]; }

# Whether any node knows of slots: then there is a cluster, and nobody may make another.
is_made() {
    for ip in $1; do
        [ "$(info "$ip" cluster_slots_assigned)" = 0 ] || return 0
    done
    return 1
}

introduce() {
    for ip in $1; do
        redis-cli -h "$POD_IP" -p "$port" cluster meet "$ip" "$port" >/dev/null 2>&1 || true
    done
}

create() {
    # shellcheck disable=SC2046,SC2086
    redis-cli --cluster create $(printf "%s:$port " $1) --cluster-replicas 1 --cluster-yes || true
}

keep_together() {
    while sleep "${PAUSE:-5}"; do
        auth
        ! content || continue
        there=$(nodes)
        if is_made "$there"; then
            introduce "$there"
        elif [ "${POD_NAME##*-}" = 0 ] && [ "$(echo "$there" | wc -l)" = "$size" ]; then
            create "$there"
        fi
    done
}

keep_together &
exec redis-server "${CONFIG:-/etc/redis/redis.conf}" --cluster-announce-ip "$POD_IP" \
    --cluster-announce-hostname "$POD_NAME.$domain"
