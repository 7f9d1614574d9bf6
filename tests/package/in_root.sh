#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the clean Debian 12: what debian/control asks for and nothing else, then the packages.
set -eux
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /build/siteward
apt-get -y --no-install-recommends build-dep ./
build() { dpkg-buildpackage -b -uc -us -j"$(nproc)" "$@"; }

# The older one first: the entry of the newer one is put back on top for the second build, which has nothing to compile.
version=$(dpkg-parsechangelog -S Version)
cp debian/changelog /build/changelog
{
    printf 'siteward (%s~before) bookworm; urgency=medium\n\n  * What there was before.\n\n' "$version"
    sed -n '/^ -- /{p;q}' /build/changelog
} >debian/changelog
build
mkdir /build/old /build/new
mv ../siteward*_"$version"~before_* /build/old
cp /build/changelog debian/changelog
rm -f debian/debhelper-build-stamp
build -nc
mv ../siteward*_"$version"_* /build/new
