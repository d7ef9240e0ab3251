#!/bin/sh
# Before Redis starts: if somebody has put a backup at /data/restore.rdb, it takes the place of what is there, which is kept beside
# it. The backup goes last, so whatever interrupts this repeats it.
set -eu

cd "${DATA:-/data}"
[ -e restore.rdb ] || exit 0
redis-check-rdb restore.rdb >/dev/null || { echo "restore.rdb is no backup of Redis, or not whole" >&2; exit 1; }

rm -rf appendonlydir.new
mkdir appendonlydir.new
cp restore.rdb appendonlydir.new/appendonly.aof.1.base.rdb
echo 'file appendonly.aof.1.base.rdb seq 1 type b' >appendonlydir.new/appendonly.aof.manifest
[ ! -e appendonlydir ] || mv appendonlydir "replaced-$(date -u +%Y%m%dT%H%M%SZ)"
mv appendonlydir.new appendonlydir
sync
rm restore.rdb
echo "restored from a backup"
