#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Emulated hardware: the real gateway on real kernel lines, once with libgpiod 1.6 and once with 2.x, each in a booted
# user-mode kernel; and on a disk whose machine loses its power. One line a test, then "N passed, M failed, K skipped".
# Leaves installing to scripts/packages.sh.
# Usage: tests/hil/run.sh [PYTEST-ARGUMENT]…      e.g. -k storm
#   $HIL_CUTS  how often the power goes (10; 200 take a quarter of an hour), and half as often after the clock was set
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
passed=0 failed=0 skipped=0

totals() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

lacking() { # what is missing, in one line
    echo "skipped: emulated hardware: $*"
    skipped=1
    totals
}

ended() { # exit code of kernel.sh, boot.sh or gpiod2.sh, what: 3 has said what is missing
    if [ "$1" -eq 3 ]; then
        skipped=$((skipped + 1))
    else
        echo "failed: $2 (see above)"
        failed=$((failed + 1))
    fi
}

build() { # build folder, pkg-config path: gateway and door
    mkdir -p "$1"
    if ! PKG_CONFIG_PATH=$2 cmake --preset release -B "$1" >"$1/hil-build.log" 2>&1 ||
        ! cmake --build "$1" -j "$(nproc)" -t sitewardd siteward siteward-node sw_sensors sw_common \
            >>"$1/hil-build.log" 2>&1; then
        tail -n 20 "$1/hil-build.log"
        return 1
    fi
    # shellcheck disable=SC2046 # flags are words
    PKG_CONFIG_PATH=$2 bash -c 'gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I . \
        $(pkg-config --cflags libgpiod) \
        -o "$1/bin/gpio_door" tests/hil/gpio_door.c "$1/sensors/libsw_sensors.a" "$1/common/libsw_common.a" \
        $(pkg-config --libs libgpiod) -Wl,-rpath,"$(pkg-config --variable=libdir libgpiod)" -lm' door "$1"
}

run_guest() { # build folder, pytest arguments…
    local dir=$1
    shift
    exec tests/hil/boot.sh -t "${HIL_SECONDS:-240}" "$kernel" \
        env SITEWARD_BIN="$root/$dir/bin" HIL_DOOR="$root/$dir/bin/gpio_door" PYTHONDONTWRITEBYTECODE=1 \
        /usr/bin/python3 -m pytest -p no:cacheprovider -qq -o console_output_style=classic --tb=short --no-header \
        --no-summary --ignore=tests/hil/power "$@" tests/hil 2>&1
}

run_cuts() { # pytest arguments…
    exec env HIL_KERNEL="$kernel" SITEWARD_BIN="$root/build/release/bin" PYTHONDONTWRITEBYTECODE=1 \
        /usr/bin/python3 -m pytest -p no:cacheprovider -s -qq -o console_output_style=classic --tb=short --no-header \
        --no-summary "$@" tests/hil/power 2>&1
}

count() { # title, what the guest printed, its exit code
    local p f
    p=$(grep -c '^passed: ' "$2" || true)
    f=$(grep -c '^failed: ' "$2" || true)
    # A guest that ended without saying so, or ran nothing, is a failure too.
    # 5: none has the word that was asked for (-k).
    [ "$3" -eq 0 ] && [ "$p" -gt 0 ] || [ "$3" -eq 5 ] || [ "$f" -gt 0 ] || { echo "failed: $1 ended with $3"; f=1; }
    passed=$((passed + p)) failed=$((failed + f))
}

[ "$(uname -m)" = x86_64 ] || lacking "user-mode Linux needs an x86_64 machine, and this is $(uname -m)"
python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(0, 0, None, None) != 0)' ||
    lacking "ptrace is not allowed on this machine"
scripts/packages.sh hil || lacking "its packages cannot be installed"
rc=0
kernel=$(tests/hil/kernel.sh) || rc=$?
[ $rc -eq 0 ] || { ended $rc "the kernel is not built"; totals; }
tests/hil/boot.sh -t 30 "$kernel" true || { ended 1 "the kernel does not boot"; totals; }

titles=() dirs=()
take() { # build folder, pkg-config path: a guest for what it finds there
    local title
    title="libgpiod $(PKG_CONFIG_PATH=$2 pkg-config --modversion libgpiod)"
    if build "$1" "$2"; then
        titles+=("$title") dirs+=("$1")
    else
        ended 1 "the gateway is not built with $title"
    fi
}
take build/release "${PKG_CONFIG_PATH:-}"
rc=0
gpiod2=$(tests/hil/gpiod2.sh) || rc=$?
if [ $rc -eq 0 ]; then
    take build/hil-gpiod2 "$gpiod2/usr/lib/x86_64-linux-gnu/pkgconfig"
else
    ended $rc "no libgpiod 2.x"
fi

# All at once: they mostly wait. The lines of one come after those of the one before.
logs=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$logs"' EXIT
trap 'exit 143' TERM INT
for i in "${!dirs[@]}"; do
    run_guest "${dirs[$i]}" "$@" >"$logs/$i" 2>&1 </dev/null &
    pids+=($!)
done
if [[ " ${dirs[*]} " == *" build/release "* ]]; then
    run_cuts "$@" >"$logs/${#dirs[@]}" 2>&1 </dev/null &
    pids+=($!)
    titles+=("power and disk")
fi
for i in "${!titles[@]}"; do
    echo "== ${titles[$i]}"
    tail -n +1 -s 0.2 --pid="${pids[$i]}" -f "$logs/$i"
    rc=0
    wait "${pids[$i]}" || rc=$?
    count "${titles[$i]}" "$logs/$i" $rc
done
totals
