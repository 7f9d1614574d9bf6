# SPDX-License-Identifier: Apache-2.0
"""Tries, under the settings of the service, what the service must not be able to do, and what it must. One word a line:
what succeeded."""
import ctypes
import os
import socket
import sys

LIBC = ctypes.CDLL(None, use_errno=True)


def write(path):
    with open(path, "wb") as f:
        f.write(b"x")
    os.unlink(path)


def zero(rc):
    if rc != 0:
        raise OSError(ctypes.get_errno(), "refused")


TRIES = {
    "own-data": lambda: write("/var/lib/siteward/probe"),
    "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
    "configuration": lambda: open("/etc/siteward/site.yaml", "rb").close(),
    "write-etc": lambda: write("/etc/probe"),
    "write-own-configuration": lambda: write("/etc/siteward/probe"),
    "write-usr": lambda: write("/usr/bin/probe"),
    "raw-socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(),
    "packet-socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "bluetooth-socket": lambda: socket.socket(31, socket.SOCK_RAW, 1).close(),
    "become-root": lambda: os.setuid(0),
    "home": lambda: os.listdir("/root"),
    "shadow": lambda: open("/etc/shadow", "rb").close(),
    "disk": lambda: open("/dev/ubda", "rb").close(),
    "memory": lambda: open("/dev/mem", "rb").close(),
    "mount": lambda: zero(LIBC.mount(b"none", b"/mnt", b"tmpfs", 0, None)),
    "namespace": lambda: zero(LIBC.unshare(0x10000000)),
    "kernel-setting": lambda: open("/proc/sys/kernel/hostname", "wb").write(b"x"),
    "others": lambda: open("/proc/1/status", "rb").close(),
}

for name, attempt in TRIES.items():
    try:
        attempt()
    except OSError:
        continue
    print(name)
sys.exit(0)
