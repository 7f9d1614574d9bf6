#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs in the guest, as a service behind everything else: the tests of this life, then the power goes.
out=$(sed -n 's/.*sw\.out=\([^ ]*\).*/\1/p' /proc/cmdline)
phase=$(sed -n 's/.*sw\.phase=\([^ ]*\).*/\1/p' /proc/cmdline)
mkdir -p /run/out
mount -t hostfs -o "$out" out /run/out
cd /srv/package || exit 1
exec >>/run/out/said 2>&1
. ./guest_lib.sh
# shellcheck source=/dev/null
. "./guest_$phase.sh"
journalctl -b -o short-monotonic --no-pager >/run/out/journal 2>&1
touch /run/out/ended
sync
systemctl poweroff --force
