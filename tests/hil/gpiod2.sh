#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches libgpiod 2.x from Debian 12's backports or from Debian 13, unpacks it into the cache beside the installed 1.6,
# and prints the folder. Nothing is installed: an apt state of its own, in the cache, knows those sources.
# Usage: tests/hil/gpiod2.sh
# Exit: 3 = it cannot be had, and one line says why.
set -euo pipefail
cache=${SW_HIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/siteward-hil}
folder=$cache/gpiod2
arch=x86_64-linux-gnu

lacking() { echo "skipped: emulated hardware with libgpiod 2.x: $*" >&2; exit 3; }

if [ -e "$folder/done" ]; then
    echo "$folder"
    exit 0
fi
command -v apt-get >/dev/null || lacking "it comes from Debian's archive, and this machine has no apt-get"
# shellcheck disable=SC2016 # apt's own words
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' | head -n 1)
keys=/usr/share/keyrings/debian-archive-keyring.gpg # of the package that every Debian has
[ -n "$mirror" ] || lacking "apt knows no Debian 12 archive on this machine"

fetch() { # suite: the packages into $folder/apt
    local private=(-q -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::Etc::SourceParts=-
        -o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt"
        -o APT::Sandbox::User= -o Acquire::Retries=2)
    rm -rf "$folder"
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial"
    echo "deb [signed-by=$keys] $mirror $1 main" >"$folder/apt/sources.list"
    cd "$folder/apt"
    apt-get "${private[@]}" update && apt-get "${private[@]}" download libgpiod3 libgpiod-dev
}

mkdir -p "$cache"
log=$cache/gpiod2.log
(fetch bookworm-backports) >"$log" 2>&1 || (fetch trixie) >>"$log" 2>&1 || # that of Debian 13 runs on Debian 12 as well
    lacking "$mirror has it neither in bookworm-backports nor in trixie, or cannot be reached; see $log"
for package in "$folder"/apt/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -rf "$folder/apt"
# The .pc file says /usr: there lives 1.6.
sed -i "s|^prefix=.*|prefix=$folder/usr|; s|=/usr/|=\${prefix}/|" "$folder/usr/lib/$arch/pkgconfig/"libgpiod*.pc
touch "$folder/done"
echo "$folder"
