#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs inside the guest: a site with its data on the disk /dev/ubda and its broker at the far end of the serial line
# ttyS0. Ends when the gateway ends.
# Usage: guest.sh PROGRAMS SITE-FILE SCENARIO PORT CLOCK…     PORT: of the node; CLOCK: of gateway and node
# STEPS=FILE: the gateway lives by the guest's own clock, which is set as the file says; see stepping.py.
set -euo pipefail
programs=$1 site=$2 scenario=$3 port=$4
shift 4
disk=${DISK:-/dev/ubda}

mkdir -p /run/disk
mount -t ext4 "$disk" /run/disk
socat TCP-LISTEN:1883,bind=127.0.0.1,reuseaddr OPEN:/dev/ttyS0,rawer &
"$programs/siteward-node" --scenario "$scenario" "$@" --tcp "127.0.0.1:$port" >/dev/null &
if [ -n "${STEPS:-}" ]; then
    exec /usr/bin/python3 "$(dirname "$0")/stepping.py" "$STEPS" "$programs/sitewardd" "$site"
fi
exec "$programs/sitewardd" -c "$site" "$@"
