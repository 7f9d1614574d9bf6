#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs each libFuzzer program of a build for a while, beginning from its committed seeds.
#   tests/fuzz/run.sh BIN_DIR [SECONDS [TARGET…]]
# New inputs go to a temporary folder, never into the corpus; a crash stops the run, names its reproducer and keeps it.
set -euo pipefail

bin=${1:?usage: run.sh BIN_DIR [SECONDS [TARGET…]]}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/siteward-fuzz-XXXXXX")

# Words that a mutation may put in: those of the seeds and, where there is one, the keys of the schema.
make_dict() { # target
    cat "$here/corpus/$1"/* "$root/config/schema/$1.schema.json" 2>/dev/null |
        LC_ALL=C grep -aoE '[A-Za-z_][A-Za-z0-9_.-]{1,30}' | LC_ALL=C sort -u | sed 's/.*/"&"/'
}

fuzz() { # program
    local target=${1##*/fuzz_} dir rc=0 log options=()
    dir=$work/$target
    log=$dir/log
    mkdir -p "$dir/new"
    make_dict "$target" >"$dir/words"
    [ ! -s "$dir/words" ] || options+=(-dict="$dir/words")
    "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 "${options[@]}" \
        -print_final_stats=1 -artifact_prefix="$dir/" "$dir/new" "$here/corpus/$target" >"$log" 2>&1 || rc=$?
    if [ "$rc" -ne 0 ]; then
        grep -m 1 -A 20 -E 'ERROR|runtime error|fuzz/[a-z_]+\.c:[0-9]+: |cannot|no such' "$log" >&2 || tail -n 20 "$log" >&2
        echo "fuzz_$target: exit $rc; reproducer: $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)" >&2
        return 1
    fi
    awk -v target="$target" '
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) } }
        /stat::number_of_executed_units/ { n = $2 }
        /stat::average_exec_per_sec/ { rate = $2 }
        END { printf "%-14s %10d runs %8d a second %6d edges %7d features\n", target, n, rate, cov, ft }' "$log"
    rm -rf "$dir"
}

if [ $# -gt 0 ]; then
    programs=("${@/#/$bin/fuzz_}")
else
    programs=("$bin"/fuzz_*)
fi
for program in "${programs[@]}"; do
    [ -x "$program" ] || { echo "$program: no such fuzz target" >&2; exit 2; }
    fuzz "$program" || exit 1
done
rm -rf "$work"
