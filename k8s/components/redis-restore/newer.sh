#!/bin/sh
# Which files of an archive are newer than a Redis that was restored: they tell what that Redis does not know, and it would give
# their names to other files. Reads the files' paths, one a line, and prints those that are newer, or nothing and status 1 when
# Redis does not say of all partitions how far it is; see k8s/README.md, "Backup and restore".
#
#   find ARCHIVE -name '*.parquet' | sh newer.sh POSITIONS
#
# POSITIONS has a line a partition: p07, the last entry of the log that is archived (1763800000000-0), and the number of the last
# batch of cases, if there was one. A file says in its name what it begins after:
# p07-1763800000000-1763800600000.3.parquet, or p07-41-42.parquet. A merged file does not: which of them are younger than the
# backup is for whoever restores to see.
set -eu

exec awk -v positions="${1:?newer.sh POSITIONS: which file says how far Redis is?}" '
    # entries of the log are told as 12-3 by Redis, and as 12.3 by names, without .0
    function after(a, b, x, y) {
        split(a, x, /[-.]/); split(b, y, /[-.]/)
        return x[1] + 0 != y[1] + 0 ? x[1] + 0 > y[1] + 0 : x[2] + 0 >= y[2] + 0
    }
    BEGIN {
        while ((got = (getline line < positions)) > 0) {
            # An error of redis-cli is no position, and must not pass for an archive that has not begun.
            if (line !~ /^p[0-9]+ [0-9]+-[0-9]+( [0-9]+)?$/) { print "no position: " line > "/dev/stderr"; failed = 1; continue }
            split(line, word, " "); log_at[word[1]] = word[2]; cases_at[word[1]] = word[3]
        }
        if (got < 0) { print "cannot read " positions > "/dev/stderr"; failed = 1; exit }
    }
    {
        name = $0; sub(/.*\//, "", name)
        if (!match(name, /^p[0-9]+-/)) next
        partition = substr(name, 1, RLENGTH - 1)
        split(substr(name, RLENGTH + 1), span, "-")
        if (!(partition in log_at)) { print "no position of " partition ": " $0 > "/dev/stderr"; failed = 1; next }
        if (after(span[1], $0 ~ /\/cases\// ? cases_at[partition] : log_at[partition])) newer = newer $0 "\n"
    }
    END { if (!failed) printf "%s", newer; exit failed }'
