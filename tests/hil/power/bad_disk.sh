#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs inside the guest: guest.sh on a disk that goes bad after a while.
# Usage: env FAULT=drop_writes|error_writes|slow WELL=SECONDS AFTER=SECONDS FOR=SECONDS bad_disk.sh ARGUMENTS-OF-GUEST…
#   drop_writes   the disk says that it has written, and has not;  error_writes  it refuses;  slow  each write takes 300 ms
# WELL: between two bad seconds it is so many seconds well (0: none). After FOR seconds it is well again for good, and
# "well" is printed; 0: it stays bad.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export DM_DISABLE_UDEV=1
sectors=$(blockdev --getsz /dev/ubda)

table() { # the disk is so from now on
    dmsetup suspend --nolockfs bad
    dmsetup load bad --table "0 $sectors $1"
    dmsetup resume bad
}

dmsetup create bad --table "0 $sectors linear /dev/ubda 0"
dmsetup mknodes
(
    sleep "$AFTER"
    if [ "$FAULT" = slow ]; then
        table "delay /dev/ubda 0 0 /dev/ubda 0 300"
    else
        table "flakey /dev/ubda 0 $WELL $((WELL > 0 ? 1 : 3600)) 1 $FAULT"
    fi
    echo "bad"
    if [ "$FOR" -gt 0 ]; then
        sleep "$FOR"
        table "linear /dev/ubda 0"
        echo "well"
    fi
) &
DISK=/dev/mapper/bad exec "$here/guest.sh" "$@"
