#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One command: a fresh Debian 12 watches a construction site.
#   ./demo.sh          a simulated site at 20 × speed: live table and tickets, until Ctrl-C
#   ./demo.sh --once   one night at 60 × without a terminal; exit 0 only if a foreign MQTT client received
#                      the preventive ticket, and its exceedance at least a simulated minute later
# Everything it starts ends with it; the run's files are in a folder of their own that it removes.
set -euo pipefail
cd "$(dirname "$0")"

die() {
    echo "demo.sh: $*" >&2
    exit 1
}

once=no speed=20 scenario=night-pour
while [ $# -gt 0 ]; do
    case "$1" in
    --once) once=yes speed=60 ;;
    --scenario) scenario=${2:?demo.sh: --scenario wants a name}; shift ;;
    --port) port=${2:?demo.sh: --port wants a number}; shift ;;
    -h | --help) sed -n '3,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option '$1'; see ./demo.sh --help" ;;
    esac
    shift
done

scripts/packages.sh build demo || die "what is missing could not be installed (see above); nothing was started"
for tool in mosquitto mosquitto_sub python3; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || die "$tool is not on this machine, though its package is"
done
PATH=$PATH:/usr/sbin
python=/usr/bin/python3

# A broker of our own on a loopback port that is free; a port that was asked for must be free.
free_port() { $python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
if [ -n "${port:-}" ]; then
    is_open "$port" && die "port $port is taken by another program: choose another, or leave --port out"
else
    port=$(free_port)
fi
mkdir -p build
echo "Building (release) …"
cmake --preset release >build/demo-build.log 2>&1 && cmake --build build/release -j "$(nproc)" >>build/demo-build.log 2>&1 ||
    { tail -n 20 build/demo-build.log >&2; die "the build failed; the whole log is in build/demo-build.log"; }
bin=$PWD/build/release/bin

run=$(mktemp -d "${TMPDIR:-/tmp}/siteward-demo.XXXXXX")
pids=()
# In the reverse order of starting, so that everybody can still say goodbye; who does not listen is made to.
cleanup() {
    trap '' EXIT INT TERM
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill "${pids[i]}" 2>/dev/null || continue
        for _ in $(seq 60); do
            kill -0 "${pids[i]}" 2>/dev/null || break
            sleep 0.05
        done
        kill -9 "${pids[i]}" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\n' "$port" >"$run/mosquitto.conf"
mosquitto -c "$run/mosquitto.conf" >"$run/mosquitto.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
    is_open "$port" && break
    kill -0 "${pids[0]}" 2>/dev/null || { tail -n 3 "$run/mosquitto.log" >&2; die "the broker did not start on port $port"; }
    sleep 0.05
done
is_open "$port" || die "the broker does not answer on port $port"

# The foreign client: it knows nothing of siteward but its topics.
mosquitto_sub -h 127.0.0.1 -p "$port" -V mqttv5 -t 'siteward/1/+/+/ticket/+' >"$run/tickets.ndjson" 2>"$run/sub.log" &
pids+=($!)

duration=()
[ "$once" = yes ] && duration=(--duration "$($python -c 'import json, sys; print(json.load(open(sys.argv[1]))["once_s"])' "config/scenarios/$scenario/scenario.json")")
"$bin/siteward" sim --scenario "$scenario" --dir "$run/site" --speed "$speed" --broker "mqtt://127.0.0.1:$port" \
    "${duration[@]}" >"$run/sim.log" 2>&1 &
sim=$!
pids+=("$sim")

if [ "$once" = yes ]; then
    echo "One night ($scenario) at $speed ×: broker on 127.0.0.1:$port; this takes under two minutes …"
    $python scripts/call_demo.py "$port" "$run/tickets.ndjson" config/schema/res.schema.json >"$run/call.log" 2>&1 &
    call=$!
    pids+=("$call")
    wait "$sim" || { tail -n 20 "$run/sim.log" >&2; die "the simulated site ended with an error"; }
    $python scripts/check_tickets.py config/schema/ticket.schema.json "$run/tickets.ndjson"
    wait "$call" || { cat "$run/call.log" >&2; die "the caller got no answer"; }
    cat "$run/call.log"
    exit
fi

echo "A simulated site ($scenario) at $speed ×. MQTT: mosquitto_sub -h 127.0.0.1 -p $port -v -t 'siteward/#'. End: Ctrl-C."
for _ in $(seq 100); do
    [ -S "$run/site/run/ctl.sock" ] && break
    kill -0 "$sim" 2>/dev/null || { tail -n 20 "$run/sim.log" >&2; die "the simulated site did not start"; }
    sleep 0.1
done
SITEWARD_SOCKET=$run/site/run/ctl.sock $python scripts/watch_demo.py "$bin/siteward" "$run/tickets.ndjson" &
pids+=($!)
wait "$sim" || { tail -n 20 "$run/sim.log" >&2; die "the simulated site ended with an error"; }
