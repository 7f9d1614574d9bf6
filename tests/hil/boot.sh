#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Boots a user-mode kernel on this machine's own files, runs one program in it as root, and ends with its exit code.
# Usage: tests/hil/boot.sh [-t SECONDS] [-m MEMORY] [-s FOLDER] [-k KERNEL-ARGUMENT]… KERNEL PROGRAM [ARGUMENT]…
#   -t  give up after so many seconds (default 60), exit 124
#   -m  memory of the guest (default 320M)
#   -s  the one folder of the machine that the guest may write, under the same path (default: none)
# The guest sees the machine's files below a layer in its own memory: what it writes is gone when it ends. The program
# starts in this folder with what it prints coming out here. 125: the guest did not come up, or did not end in order.
# SIGUSR1 cuts its power: what it had not handed to its disks is gone, and it ends with 137.
set -euo pipefail
guest="" cut=""
# shellcheck disable=SC2317 # the trap calls it
power_off() { # the kernel, a child of timeout, has a session of its own, with all processes that it consists of
    local kernel_pid
    cut=yes
    [ -n "$guest" ] || return 0
    kernel_pid=$(tr -d ' ' <"/proc/$guest/task/$guest/children")
    kill -KILL -- "-$kernel_pid" 2>/dev/null || kill -KILL "${kernel_pid:-$guest}"
}
trap power_off USR1
seconds=60 memory=320M share="" kernel_args=()
while getopts t:m:s:k: option; do
    case $option in
    t) seconds=$OPTARG ;;
    m) memory=$OPTARG ;;
    s) share=$(realpath "$OPTARG") ;;
    k) kernel_args+=("$OPTARG") ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || { echo "boot.sh: want KERNEL PROGRAM [ARGUMENT]…; see the head of this file" >&2; exit 2; }
kernel=$(realpath "$1")
shift

work=$(mktemp -d "${TMPDIR:-/tmp}/sw-hil.XXXXXX")
printer=""
trap 'kill $guest $printer 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
mkdir "$work/out"

# The guest's first process: a root that can be written and harms nobody, then the program, then the end.
cat >"$work/init" <<INIT
#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8
stop() { exec python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'; } # power off
mount -t tmpfs layer /mnt && mkdir /mnt/{upper,work,root,out} && mount -t hostfs -o $work/out out /mnt/out || stop
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work root /mnt/root || stop
cd /mnt/root
mount -t proc proc proc
mount -t sysfs sys sys
mount -t debugfs debug sys/kernel/debug
mount -t configfs config sys/kernel/config
mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm
mount -t devpts pts dev/pts
mount -t tmpfs shm dev/shm
mount -t tmpfs run run
${share:+mount -t hostfs -o $share share ./$share}
ip link set lo up
chroot /mnt/root /bin/bash -c 'cd "\$0" && exec "\$@"' $(printf '%q ' "$PWD" "$@") </dev/null >/mnt/out/printed 2>&1
echo \$? >/mnt/out/code
stop
INIT
chmod +x "$work/init"

# What the program prints goes through a file of the machine: consoles change ends of lines and lose the last ones.
: >"$work/out/printed"
ulimit -c 0
timeout -k 5 "$seconds" "$kernel" mem="$memory" rootfstype=hostfs rootflags=/ ro init="$work/init" con=null \
    con0=null,fd:1 quiet panic=1 ${kernel_args[@]+"${kernel_args[@]}"} </dev/null >"$work/kernel.log" 2>&1 &
guest=$!
[ -z "$cut" ] || power_off
tail -n +1 -q -s 0.1 --pid=$guest -f "$work/out/printed" &
printer=$!
ended=0
wait $guest || ended=$?
if [ -n "$cut" ]; then # the signal ended the first wait
    wait $guest 2>/dev/null || true
    guest=""
    exit 137
fi
guest=""
wait $printer || true
if [ "$ended" -eq 124 ] || [ "$ended" -eq 137 ]; then
    echo "boot.sh: stopped after $seconds s" >&2
    exit 124
fi
if [ ! -s "$work/out/code" ]; then
    echo "boot.sh: the guest did not come up, or did not end in order (kernel: $ended); it said last:" >&2
    tail -n 15 "$work/kernel.log" >&2
    exit 125
fi
exit "$(cat "$work/out/code")"
