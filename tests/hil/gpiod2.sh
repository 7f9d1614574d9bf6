#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches libgpiod 2.x from Debian 12's backports, unpacks it into the cache beside the installed 1.6, and prints the folder.
# Usage: tests/hil/gpiod2.sh          Nothing is installed: an apt state of its own, in the cache, knows the backports.
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
command -v apt-get >/dev/null || lacking "it comes from Debian's backports, and this machine has no apt-get"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' | head -n 1)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -n "$mirror" ] && [ -e $keys ] || lacking "it comes from Debian 12's backports, and apt knows no Debian 12 source here"

rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial"
echo "deb [signed-by=$keys] $mirror bookworm-backports main" >"$folder/apt/sources.list"
private=(-q -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$folder/apt/lists"
    -o Dir::Cache="$folder/apt" -o APT::Sandbox::User= -o Acquire::Retries=2)
(cd "$folder/apt" && apt-get "${private[@]}" update && apt-get "${private[@]}" download libgpiod3 libgpiod-dev gpiod) \
    >"$folder/log" 2>&1 || lacking "not to be had from $mirror bookworm-backports; see $folder/log"
for package in "$folder"/apt/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -rf "$folder/apt"
# The .pc file says /usr: there lives 1.6.
sed -i "s|^prefix=.*|prefix=$folder/usr|; s|=/usr/|=\${prefix}/|" "$folder/usr/lib/$arch/pkgconfig/"libgpiod*.pc
touch "$folder/done"
echo "$folder"
