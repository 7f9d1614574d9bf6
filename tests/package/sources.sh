#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copies what belongs to the sources, with changes that are not committed, into a new folder.
# Usage: tests/package/sources.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p "$1"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git -c safe.directory='*' ls-files -coz --exclude-standard
else # unpacked from an archive
    find . -name build -prune -o -name node_modules -prune -o -type f -print0
fi | tar --null -T - --ignore-failed-read --warning=no-failed-read -cf - | tar -C "$1" --no-same-owner -xf -
