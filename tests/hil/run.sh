#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Emulated hardware: the real gateway on real kernel lines, once with libgpiod 1.6 and once with 2.x, each in a booted
# user-mode kernel. One line a test, then "N passed, M failed, K skipped". Leaves installing to scripts/packages.sh.
# Usage: tests/hil/run.sh [PYTEST-ARGUMENT]…      e.g. -k storm
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

build() { # build folder, variables of the environment…: gateway and door
    local dir=$1
    shift
    mkdir -p "$dir"
    if ! env "$@" cmake --preset release -B "$dir" >"$dir/hil-build.log" 2>&1 ||
        ! cmake --build "$dir" -j "$(nproc)" -t sitewardd siteward sw_sensors sw_common >>"$dir/hil-build.log" 2>&1; then
        tail -n 20 "$dir/hil-build.log"
        return 1
    fi
    # shellcheck disable=SC2046 # flags are words
    env "$@" bash -c 'gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I . $(pkg-config --cflags libgpiod) \
        -o "$1/bin/gpio_door" tests/hil/gpio_door.c "$1/sensors/libsw_sensors.a" "$1/common/libsw_common.a" \
        $(pkg-config --libs libgpiod) -Wl,-rpath,"$(pkg-config --variable=libdir libgpiod)" -lm' door "$dir"
}

run_guest() { # title, build folder, pytest arguments…
    local title=$1 dir=$2 log rc=0 p f
    shift 2
    log=$(mktemp)
    echo "== $title"
    tests/hil/boot.sh -t "${HIL_SECONDS:-180}" "$kernel" env SITEWARD_BIN="$root/$dir/bin" HIL_DOOR="$root/$dir/bin/gpio_door" \
        PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -p no:cacheprovider -qq --tb=short --no-header --no-summary \
        "$@" tests/hil 2>&1 | tee "$log" || rc=$?
    p=$(grep -c '^passed: ' "$log" || true)
    f=$(grep -c '^failed: ' "$log" || true)
    rm -f "$log"
    # A guest that ended without saying so is a failure too.
    [ "$rc" -eq 0 ] || [ "$f" -gt 0 ] || { echo "failed: the guest with $title ended with $rc"; f=1; }
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

if build build/release; then
    run_guest "libgpiod $(pkg-config --modversion libgpiod)" build/release "$@"
else
    ended 1 "the gateway is not built"
fi
rc=0
gpiod2=$(tests/hil/gpiod2.sh) || rc=$?
if [ $rc -ne 0 ]; then
    ended $rc "no libgpiod 2.x"
elif build build/hil-gpiod2 PKG_CONFIG_PATH="$gpiod2/usr/lib/x86_64-linux-gnu/pkgconfig"; then
    run_guest "libgpiod $(PKG_CONFIG_PATH=$gpiod2/usr/lib/x86_64-linux-gnu/pkgconfig pkg-config --modversion libgpiod)" \
        build/hil-gpiod2 "$@"
else
    ended 1 "the gateway is not built with libgpiod 2.x"
fi
totals
