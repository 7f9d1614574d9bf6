#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages: built in a clean Debian 12, judged by lintian, then installed, hung, upgraded and purged on a Debian
# 12 that boots with systemd in user-mode Linux. One line a test, then "N passed, M failed, K skipped"; the packages lie in
# build/package/new/. Leaves installing to scripts/packages.sh, building the kernel to tests/hil/kernel.sh.
# Usage: tests/package/run.sh [build|guest]      build: no guest; guest: with the packages that lie there
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
part=${1:-all}
out=$root/build/package
passed=0 failed=0 skipped=0

totals() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}
lacking() { # what is missing, in one line
    echo "skipped: package: $*"
    skipped=$((skipped + 1))
    totals
}
ok() { echo "passed: $1"; passed=$((passed + 1)); }
bad() { echo "failed: $1"; failed=$((failed + 1)); }

[ "$(id -u)" -eq 0 ] || lacking "a clean Debian 12 is made by root: run it with sudo"
scripts/packages.sh package || lacking "its packages cannot be installed"
work=$(mktemp -d "${TMPDIR:-/tmp}/sw-package.XXXXXX")
cleanup() {
    [ -z "${guest:-}" ] || kill "$guest" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' TERM INT

if [ "$part" != guest ]; then
    "$here/sources.sh" "$work/siteward"
    rc=0
    "$here/build.sh" "$work" "$out" || rc=$?
    [ $rc -ne 3 ] || lacking "Debian's archive cannot be reached: no clean Debian 12 to build in"
    [ $rc -eq 0 ] || { bad "the packages are built in a clean Debian 12 (log: $out/build.log)"; totals; }
    ok "the packages are built in a clean Debian 12"
    # The project has no address of its own to put there.
    if lintian --allow-root --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
        "$out"/new/*.deb; then
        ok "lintian finds no errors"
    else
        bad "lintian finds errors"
    fi
fi
[ "$part" != build ] || totals

[ "$(uname -m)" = x86_64 ] || lacking "user-mode Linux needs an x86_64 machine, and this is $(uname -m)"
python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(0, 0, None, None) != 0)' ||
    lacking "ptrace is not allowed on this machine"
scripts/packages.sh hil || lacking "the packages of the emulated machine cannot be installed"
rc=0
kernel=$(tests/hil/kernel.sh) || rc=$?
[ $rc -ne 3 ] || { skipped=$((skipped + 1)); totals; }
[ $rc -eq 0 ] || { bad "the kernel is not built"; totals; }
rc=0
"$here/image.sh" "$out" "$work/disk" || rc=$?
[ $rc -ne 3 ] || lacking "Debian's archive cannot be reached: no clean Debian 12 to install in"
[ $rc -eq 0 ] || { bad "the guest's disk is made"; totals; }

# Switched on twice: what was enabled must start by itself the second time.
for phase in first second; do
    mkdir "$work/$phase"
    ulimit -c 0
    timeout -k 5 "${PACKAGE_SECONDS:-600}" "$kernel" mem=512M ubd0="$work/disk" root=/dev/ubda rootfstype=ext4 rw \
        init=/lib/systemd/systemd con=null con0=null,fd:1 quiet panic=1 systemd.show_status=false \
        sw.phase=$phase sw.out="$work/$phase" </dev/null >"$work/$phase/kernel.log" 2>&1 &
    guest=$!
    touch "$work/$phase/said"
    tail -q -n +1 -s 0.3 --pid=$guest -f "$work/$phase/said" &
    rc=0
    wait $guest || rc=$? # a signal ends this wait, and with it the guest
    guest=""
    wait
    passed=$((passed + $(grep -c '^passed: ' "$work/$phase/said" || true)))
    failed=$((failed + $(grep -c '^failed: ' "$work/$phase/said" || true)))
    if [ ! -e "$work/$phase/ended" ]; then
        tail -n 15 "$work/$phase/kernel.log"
        bad "the guest's $phase life ended before its tests did (kernel: $rc)"
        break
    fi
done
totals
