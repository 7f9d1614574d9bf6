#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what a part of the work needs, and says why. Installs only what is missing; a second call costs nothing.
# Usage: scripts/packages.sh build|demo|test|web|fuzz|tidy|hil|package …        (several parts may be named)
set -euo pipefail

packages_of() {
    case "$1" in
    build) echo "gcc cmake ninja-build pkg-config libc6-dev libmodbus-dev libgpiod-dev libpaho-mqtt-dev libmosquitto-dev libsqlite3-dev libjansson-dev libyaml-dev libsystemd-dev libmicrohttpd-dev libsodium-dev libcurl4-openssl-dev libseccomp-dev libcsv-dev libical-dev libzip-dev zlib1g-dev tzdata" ;;
    demo) echo "mosquitto mosquitto-clients python3 python3-jsonschema" ;;
    test) echo "libcmocka-dev curl mosquitto mosquitto-clients openssl rabbitmq-server mbpoll socat sqlite3 procps python3 python3-pytest python3-jsonschema python3-pymodbus python3-serial-asyncio python3-paho-mqtt python3-dateutil python3-icalendar python3-yaml nftables iproute2 strace" ;;
    web) echo "nodejs npm chromium" ;;
    fuzz) echo "clang-14 libclang-rt-14-dev" ;;
    tidy) echo "clang-tidy" ;;
    hil) echo "linux-source-6.1 make flex bison bc patch xz-utils gpiod iproute2 e2fsprogs dmsetup socat" ;;
    package) echo "mmdebstrap lintian e2fsprogs python3" ;;
    *) echo "packages.sh: unknown part '$1'; want build, demo, test, web, fuzz, tidy, hil or package" >&2; return 2 ;;
    esac
}

why_of() {
    case "$1" in
    build) echo "compiler and the libraries that siteward links" ;;
    demo) echo "an MQTT broker, a foreign MQTT client and a JSON Schema validator" ;;
    test) echo "the unit test library, the foreign peers of the system tests, and what cuts a line" ;;
    web) echo "what builds the pages, and a browser to try them in" ;;
    fuzz) echo "libFuzzer" ;;
    tidy) echo "the static analyser" ;;
    hil) echo "the source of the emulated machine's kernel and what builds it; a foreign user of GPIO lines, disks that fail" ;;
    package) echo "what makes a clean Debian 12, and what judges packages" ;;
    esac
}

missing=()
for part in "$@"; do
    lacking=()
    for p in $(packages_of "$part"); do
        state=$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true)
        case "$p:$state" in
        *:"install ok installed") ;;
        clang-14:* ) command -v clang >/dev/null || lacking+=("$p") ;;
        nodejs:* ) command -v node >/dev/null || lacking+=("$p") ;;
        npm:* ) command -v npm >/dev/null || lacking+=("$p") ;;
        *) lacking+=("$p") ;;
        esac
    done
    if [ ${#lacking[@]} -gt 0 ]; then
        echo "To install for '$part' ($(why_of "$part")): ${lacking[*]}"
        missing+=("${lacking[@]}")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || {
    echo "packages.sh: this machine has no apt-get; install these by hand: ${missing[*]}" >&2
    exit 1
}
sudo=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && sudo -v; }; then
        echo "packages.sh: no right to install packages: run it as root or with sudo, or install by hand: ${missing[*]}" >&2
        exit 1
    fi
    sudo=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A broker that the package starts by itself would only be in the way: ours run on ports of their own.
run() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@" >"$log" 2>&1; }
if ! run apt-get install -y --no-install-recommends "${missing[@]}"; then
    if ! run apt-get update || ! run apt-get install -y --no-install-recommends "${missing[@]}"; then
        tail -n 5 "$log" >&2
        echo "packages.sh: apt could not install: ${missing[*]}. Is there a network, and a Debian 12 source list?" >&2
        exit 1
    fi
fi
echo "Installed."
