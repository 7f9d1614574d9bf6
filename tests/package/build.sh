#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the packages in a clean Debian 12 that is thrown away: once as an older version, once as they are.
# Usage: tests/package/build.sh FOLDER-WITH-siteward OUT        OUT/old/ and OUT/new/ get the packages, OUT/build.log the log
# Exit: 3 = Debian's archive cannot be reached.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 out=$2
mirror=${SW_DEBIAN_MIRROR:-http://deb.debian.org/debian}

python3 - "$mirror" <<'PY' || exit 3
import sys, urllib.request
try:
    urllib.request.urlopen(sys.argv[1] + "/dists/bookworm/InRelease", timeout=20).read(100)
except OSError as why:
    sys.exit(f"{sys.argv[1]}: {why}")
PY
rm -rf "$out"
mkdir -p "$out/old" "$out/new"
cp "$here/in_root.sh" "$work/in_root.sh"
echo "Building in a clean Debian 12: about 3 minutes; log in $out/build.log"
nice -n 10 mmdebstrap --variant=minbase --format=null --include=build-essential,ca-certificates \
    --customize-hook='mkdir "$1/build"' --customize-hook="copy-in $work/siteward $work/in_root.sh /build" \
    --customize-hook='chroot "$1" /bin/sh /build/in_root.sh' \
    --customize-hook="sync-out /build/old $out/old" --customize-hook="sync-out /build/new $out/new" \
    bookworm - "$mirror" >"$out/build.log" 2>&1 || {
    { grep -E ': (fatal )?error:|undefined reference|^(E|dh_[a-z_]+|dpkg-[a-z]+|make): ' "$out/build.log" || tail -n 20 "$out/build.log"; } |
        cut -c -200 | tail -n 20 >&2
    exit 1
}
