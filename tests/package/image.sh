#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the guest's disk: a Debian 12 with systemd, our packages in /srv, and in apt's cache what they depend on.
# Usage: tests/package/image.sh FOLDER-OF-PACKAGES DISK          Exit: 3 = Debian's archive cannot be reached.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=$1 disk=$2 root=$2.root log=$2.log
mirror=${SW_DEBIAN_MIRROR:-http://deb.debian.org/debian}
ls "$packages"/old/*.deb "$packages"/new/*.deb >/dev/null

echo "Making a Debian 12 to install in: about a minute"
mkdir "$disk.in"
cp "$here"/guest*.sh "$here/probe.py" "$here/siteward-test.service" "$here/own_site.yaml" "$disk.in"
mkdir "$disk.in/old" "$disk.in/new"
cp "$packages"/old/siteward_*.deb "$packages"/old/siteward-hub_*.deb "$disk.in/old"
cp "$packages"/new/siteward_*.deb "$packages"/new/siteward-hub_*.deb "$disk.in/new"
rc=0
nice -n 10 mmdebstrap --variant=minbase --include=systemd-sysv,dbus,udev,procps,python3 \
    --skip=cleanup/apt/lists --skip=cleanup/apt/cache \
    --customize-hook='mkdir -p "$1/srv/package"' --customize-hook="sync-in $disk.in /srv/package" \
    --customize-hook='mv "$1/srv/package/siteward-test.service" "$1/etc/systemd/system/"' \
    --customize-hook='chroot "$1" systemctl enable siteward-test.service' \
    --customize-hook='chroot "$1" sh -c "apt-get -y --download-only --no-install-recommends install /srv/package/new/*.deb"' \
    bookworm "$root" "$mirror" >"$log" 2>&1 || rc=$?
if [ $rc -ne 0 ]; then
    grep -Eq 'Temporary failure|Could not (connect|resolve)' "$log" && exit 3
    tail -n 20 "$log" >&2
    exit 1
fi
truncate -s 2G "$disk"
mke2fs -q -t ext4 -d "$root" "$disk"
rm -rf "$root" "$disk.in"
