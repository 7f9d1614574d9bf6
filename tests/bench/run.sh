#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs benchmarks and prints their figures, each beside a floor measured in the same run. Asserts nothing about time:
# exit 0 = measured, 1 = could not measure (and a sentence that says why), or line saw a fault.
#   tests/bench/run.sh [engine|latency|ticket|cpu|tcp|memory|line|replay|evidence|disk|drain|console|outage|forecast|all] …
# $SW_BUILD           another build folder than build/release (relative to the repository, or absolute)
# $SW_BENCH_SECONDS   shorter measurements while writing code; such figures mean little
# $SW_BENCH_DAYS      days of minutes that evidence is asked of (365); a year needs 10 GB in $TMPDIR
# $SW_FORECAST_DATA   folder of the published series that forecast scores; $SW_FORECAST_SVG: write its figure there
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin

die() {
    echo "could not measure: $*" >&2
    exit 1
}

known="engine replay latency ticket cpu tcp memory line evidence answer disk drain console outage hub forecast"
wanted=("${@:-all}")
for name in "${wanted[@]}"; do
    case " $known all " in
    *" $name "*) ;;
    *)
        sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
        die "there is no benchmark '$name'"
        ;;
    esac
done
[[ " ${wanted[*]} " == *" all "* ]] && read -r -a wanted <<<"$known"
command -v mosquitto >/dev/null || die "mosquitto is not installed (scripts/packages.sh build test)"

build=${SW_BUILD:-build/release}
log=$(mktemp "${TMPDIR:-/tmp}/siteward-bench-build.XXXXXX")
{ [ -f "$build/CMakeCache.txt" ] || cmake --preset release -B "$build"; } >"$log" 2>&1 &&
    cmake --build "$build" --target bench >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "the build in $build failed; the whole log is in $log"
}
rm -f "$log"
bin=$(cd "$build/bin" && pwd)

run=$(mktemp -d "${TMPDIR:-/tmp}/siteward-bench.XXXXXX")
broker='' program=''
cleanup() {
    trap - EXIT INT TERM
    for pid in $program $broker; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A broker of our own. TCP_NODELAY on its side: with Nagle's algorithm the broker, not the gateway, would be measured.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nset_tcp_nodelay true\n' "$port" >"$run/mosquitto.conf"
mosquitto -c "$run/mosquitto.conf" >"$run/mosquitto.log" 2>&1 &
broker=$!
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$broker" 2>/dev/null || { tail -n 3 "$run/mosquitto.log" >&2; die "the broker did not start on port $port"; }
    sleep 0.05
done

make_days() {
    /usr/bin/python3 tests/bench/gen_day.py "$1/day" --days 1 --noise 4
    /usr/bin/python3 tests/bench/gen_day.py "$1/two-days" --days 2 --noise 4
    /usr/bin/python3 tests/bench/gen_day.py "$1/noise" --days 1 --noise 8
}

echo "siteward benchmarks, $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)," \
    "load $(cut -d ' ' -f 1 /proc/loadavg)"
for name in "${wanted[@]}"; do
    work=$run/$name
    mkdir "$work"
    [ "$name" = replay ] && make_days "$work"
    if [ "$name" = forecast ]; then # scores what is warned of, not how fast
        /usr/bin/python3 -B tests/bench/forecast/run.py "$bin/bench_forecast" ${SW_FORECAST_SVG:+--svg "$SW_FORECAST_SVG"} ||
            die "the forecast could not be scored"
        continue
    fi
    if [ "$name" = outage ]; then # has a broker of its own, which goes away
        /usr/bin/python3 -B tests/bench/outage.py "$bin" || die "the outage ended with a fault"
        continue
    fi
    if [ "$name" = answer ]; then # needs no broker and no folder of ours
        "$bin/bench_answer" || die "the hub's store gave no answers"
        continue
    fi
    if [ "$name" = hub ]; then # likewise
        /usr/bin/python3 -B tests/bench/hub.py "$bin" || die "the hub ended with a fault"
        continue
    fi
    "$bin/bench_$name" "$bin" "$work" "$port" & # in the background, so that an interrupt ends it at once
    program=$!
    wait "$program"
    program=''
done
