#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One command: a fresh Debian 12 passes the tests.
#   ./test.sh                     installs what is missing, builds with ASan + UBSan, runs unit, engine and system tests
#   ./test.sh unit|engine|system  one part
#   ./test.sh web                 the pages built anew, compared with web/dist byte for byte, and tried in a browser; the full run
#                                 does this where node, a browser and the package registry are there
#   ./test.sh tsan                the threaded unit tests under ThreadSanitizer
#   ./test.sh tidy                clang-tidy over the product's sources
#   ./test.sh fuzz                libFuzzer targets, 60 s each
#   ./test.sh hil [-k WORD]       emulated hardware: the gateway on real kernel lines, and on a disk whose machine loses its
#                                 power (HIL_CUTS=10 times), in user-mode Linux
#   ./test.sh package             the Debian packages: built in a clean Debian 12; installed, hung, upgraded and purged in
#                                 one that boots with systemd (root, Debian's archive; about 7 minutes)
set -euo pipefail
cd "$(dirname "$0")"

part=${1:-all}
jobs=$(nproc)

build() { # preset
    cmake --preset "$1" >"build-$1.log" 2>&1 || { cat "build-$1.log" >&2; rm -f "build-$1.log"; exit 1; }
    rm -f "build-$1.log"
    cmake --build "build/$1" -j "$jobs"
}

summary() { # junit-style totals out of ctest's own closing line
    local log=$1 failed total
    total=$(sed -n 's/.*tests failed out of \([0-9]*\)$/\1/p' "$log" | tail -n 1)
    failed=$(sed -n 's/.* \([0-9]*\) tests\? failed out of .*/\1/p' "$log" | tail -n 1)
    echo "$((${total:-0} - ${failed:-0})) passed, ${failed:-0} failed"
}

run_ctest() { # build dir, ctest arguments…
    local dir=$1 log rc=0
    shift
    log=$(mktemp)
    ctest --test-dir "$dir" --output-on-failure --no-tests=error "$@" 2>&1 | tee "$log" || rc=$?
    summary "$log"
    rm -f "$log"
    return "$rc"
}

web_lacks() { # what the pages need and this machine has not, in words; nothing when all is there
    for p in node npm chromium; do
        command -v "$p" >/dev/null || { echo "there is no $p (scripts/packages.sh web)"; return; }
    done
    (cd web && npm view preact version >/dev/null 2>&1) || echo "the package registry is not reached"
}

web() {
    rm -rf build/web
    mkdir -p build/web
    tar -C web --exclude=./node_modules --exclude=./dist -cf - . | tar -C build/web -xf -
    (cd build/web && npm ci --ignore-scripts --no-audit --no-fund && npm run build) >build/web.log 2>&1 || {
        tail -n 20 build/web.log >&2
        echo "test.sh: the pages do not build" >&2
        return 1
    }
    diff -r web/dist build/web/dist || {
        echo "test.sh: web/dist is not what web/src makes: run 'npm ci && npm run build' in web/ and commit web/dist" >&2
        return 1
    }
    export SITEWARD_WEB=$PWD/build/web
    node --test tests/browser/*.test.mjs
}

mkdir -p build
case "$part" in
all)
    scripts/packages.sh build test
    build asan
    run_ctest build/asan -j "$jobs" -LE 'bench'
    lacks=$(web_lacks)
    if [ -z "$lacks" ]; then
        web
        SW_BIN=$PWD/build/asan/bin /usr/bin/python3 -m pytest -q tests/system/test_browser.py # the same before a daemon
    else
        echo "The pages were not built anew and not tried in a browser: $lacks."
    fi
    ;;
unit | engine | system)
    scripts/packages.sh build test
    build asan
    run_ctest build/asan -j "$jobs" -L "^$part\$"
    ;;
web)
    scripts/packages.sh web
    web
    ;;
tsan)
    scripts/packages.sh build test
    build tsan
    run_ctest build/tsan -L '^threads$'
    ;;
tidy)
    scripts/packages.sh build test tidy
    build asan
    scripts/tidy.sh build/asan
    ;;
fuzz)
    scripts/packages.sh build fuzz
    build fuzz
    tests/fuzz/run.sh build/fuzz/bin 60
    ;;
hil)
    scripts/packages.sh build test
    tests/hil/run.sh "${@:2}"
    ;;
package)
    tests/package/run.sh "${@:2}"
    ;;
*)
    echo "test.sh: unknown part '$part'; want unit, engine, system, web, tsan, tidy, fuzz, hil or package" >&2
    exit 2
    ;;
esac
