#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the clean Debian 12: what debian/control asks for and nothing else, then the packages.
set -eux
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /work/siteward
apt-get -y --no-install-recommends build-dep ./
build() { dpkg-buildpackage -b -uc -us -j"$(nproc)" "$@"; }

# The older one first: the entry of the newer one is put back on top for the second build, which has nothing to compile.
version=$(dpkg-parsechangelog -S Version)
cp debian/changelog /work/changelog
{
    printf 'siteward (%s~before) bookworm; urgency=medium\n\n  * What there was before.\n\n' "$version"
    sed -n '/^ -- /{p;q}' /work/changelog
} >debian/changelog
build
mkdir /work/old /work/new
mv ../siteward*_"$version"~before_* /work/old
cp /work/changelog debian/changelog
rm -f debian/debhelper-build-stamp
build -nc
mv ../siteward*_"$version"_* /work/new
