# SPDX-License-Identifier: Apache-2.0
"""A line between gateway and broker that can be cut: each in a network namespace of its own, a veth pair between them,
nftables on the gateway's side. Needs root; without it, or without namespaces, the tests say so and are skipped."""
import itertools
import os
import pathlib
import shutil
import subprocess

import pytest

GATEWAY, BROKER = "10.77.0.1", "10.77.0.2"
# A simulated site speaks only to a broker on its own machine. To the gateway's namespace the far end is that machine.
BROKER_NAME = "localhost"
COUNT = itertools.count(1)
FAULTS = {
    "drop": "drop",  # silent: nobody is told
    "reset": "meta l4proto tcp reject with tcp reset",
    "loss": "meta l4proto tcp numgen random mod 100 < 20 drop",
    "mute": "tcp flags & psh == psh drop",  # connections come about, and then nothing that is said arrives
}


def run(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=30)


class Wire:
    def __init__(self):
        mark = f"sw-{os.getpid()}-{next(COUNT)}"
        self.near, self.far = f"{mark}-gw", f"{mark}-hq"
        where = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        if os.geteuid() != 0 or not all(shutil.which(name, path=where) for name in ("ip", "nft")):
            pytest.skip("cutting a line needs root, and the programs ip and nft (scripts/packages.sh test)")
        try:
            self._make()
        except subprocess.CalledProcessError as why:
            self.remove()
            pytest.skip(f"no network namespaces on this machine: {why.stderr.strip()}")

    def _make(self):
        run("ip", "netns", "add", self.near)
        run("ip", "netns", "add", self.far)
        run("ip", "link", "add", "v0", "netns", self.near, "type", "veth", "peer", "name", "v0", "netns", self.far)
        for space, address in ((self.near, GATEWAY), (self.far, BROKER)):
            run("ip", "-n", space, "addr", "add", f"{address}/24", "dev", "v0")
            run("ip", "-n", space, "link", "set", "lo", "up")
            run("ip", "-n", space, "link", "set", "v0", "up")
        names = self._names()
        names.mkdir(parents=True)
        self.rename(BROKER_NAME)
        (names / "resolv.conf").write_text("", encoding="ascii")
        self.cut("drop")  # tells whether nftables works here
        self.mend()

    @property
    def at_gateway(self):
        """Words before a command: it runs where the gateway is."""
        return "ip", "netns", "exec", self.near

    @property
    def at_broker(self):
        return "ip", "netns", "exec", self.far

    def cut(self, fault):
        """From now on the line has this fault, in both directions."""
        rule = FAULTS[fault]
        self.mend()
        for chain, hook, where in (("o", "output", "oif v0"), ("i", "input", "iif v0")):
            self._nft(f"add chain inet line {chain} {{ type filter hook {hook} priority 0; }}")
            self._nft(f"add rule inet line {chain} {where} {rule}")

    def mend(self):
        self._nft("add table inet line")
        self._nft("delete table inet line")
        self._nft("add table inet line")

    def _nft(self, text):
        run("ip", "netns", "exec", self.near, "nft", text)

    def rename(self, name):
        """What the far end is called at the gateway."""
        (self._names() / "hosts").write_text(f"{BROKER} {name}\n", encoding="ascii")

    def _names(self):
        """`ip netns exec` puts what lies here over /etc."""
        return pathlib.Path("/etc/netns") / self.near

    def remove(self):
        shutil.rmtree(self._names(), ignore_errors=True)
        for space in (self.near, self.far):
            run("ip", "netns", "del", space, check=False)
