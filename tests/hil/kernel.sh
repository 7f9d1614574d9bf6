#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the user-mode Linux kernel of the emulated hardware out of Debian's source package, once, and prints its path.
# Usage: tests/hil/kernel.sh          The cache is $SW_HIL_CACHE, or ~/.cache/siteward-hil. Leaves booting to boot.sh.
# Exit: 3 = this machine cannot have one, and one line says why; 1 = the build failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
package=linux-source-6.1
source=/usr/src/$package.tar.xz
cache=${SW_HIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/siteward-hil}

die() { echo "kernel.sh: $*" >&2; exit 1; }
lacking() { echo "skipped: emulated hardware: $*" >&2; exit 3; }

[ "$(uname -m)" = x86_64 ] || lacking "user-mode Linux needs an x86_64 machine, and this is $(uname -m)"
# Without the package an earlier kernel of the same configuration is as good; with it, its version counts too.
wanted=$({ grep '^CONFIG_' "$here/kernel.config"; sed -n '/^---/,$p' "$here/kernel.patch"; } | sha256sum | cut -c1-12)
if [ -e "$source" ]; then
    version=$(dpkg-query -W -f '${Version}' $package)
else
    version=$(find "$cache" -path "*/$wanted-*/linux" -printf '%h\n' 2>/dev/null | head -n 1 || true)
    version=${version##*/"$wanted"-}
    [ -n "$version" ] || lacking "no kernel is cached in $cache, and $source is missing (apt-get install $package)"
fi
folder=$cache/$wanted-$version
if [ -x "$folder/linux" ]; then
    echo "$folder/linux"
    exit 0
fi

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9 # two callers: the second waits and finds it built
if [ -x "$folder/linux" ]; then
    echo "$folder/linux"
    exit 0
fi
for tool in make gcc ld flex bison bc xz patch; do
    command -v $tool >/dev/null || lacking "'$tool' is missing: run scripts/packages.sh hil"
done
echo "Building the user-mode kernel into $folder: once, 7 to 15 minutes; log in $folder/build.log" >&2
tree=$folder/tree
rm -rf "$tree"
mkdir -p "$tree/out"
tar -C "$tree" --strip-components=1 -xJf "$source" || die "cannot unpack $source into $tree: is the disk full?"
patch -s -p1 -d "$tree" <"$here/kernel.patch" || die "kernel.patch does not fit $package $version"

build() { nice -n 10 make -s -C "$tree" ARCH=um O="$tree/out" "$@" >>"$folder/build.log" 2>&1 </dev/null; }
: >"$folder/build.log"
build allnoconfig KCONFIG_ALLCONFIG="$here/kernel.config" || die "no configuration; see $folder/build.log"
lost=$(grep '^CONFIG_' "$here/kernel.config" | grep -vxFf "$tree/out/.config" || true)
[ -z "$lost" ] || die "these did not take, as what they depend on is missing in kernel.config: ${lost//$'\n'/ }"
build -j"$(nproc)" linux || die "the build failed; see $folder/build.log"
strip -o "$folder/linux.new" "$tree/out/linux"
mv "$folder/linux.new" "$folder/linux"
rm -rf "$tree"
echo "$folder/linux"
