# SPDX-License-Identifier: Apache-2.0
"""Lines of the emulated machine: chips of gpio-sim, made through configfs, driven and looked at through sysfs. What is
on the lines is the tests' business."""
import itertools
import pathlib
import re
import subprocess

CONFIG = pathlib.Path("/sys/kernel/config/gpio-sim")
PLATFORM = pathlib.Path("/sys/devices/platform")


class Chip:
    """One chip of `n` lines. names: {offset: name}. It is there from the start, and gone and back on demand. Its number
    may be another when it is back; `label` stays, and `path`, as an administrator's udev rule makes it stay."""

    numbers = itertools.count()

    def __init__(self, n=32, names=None):
        self.folder = CONFIG / f"chip{next(self.numbers)}"
        self.bank = self.folder / "bank0"
        self.path = pathlib.Path("/dev") / self.folder.name
        self.bank.mkdir(parents=True)
        self.label = f"gate-io-{self.folder.name}"
        (self.bank / "label").write_text(self.label)
        (self.bank / "num_lines").write_text(str(n))
        for offset, name in (names or {}).items():
            (self.bank / f"line{offset}").mkdir()
            (self.bank / f"line{offset}" / "name").write_text(name)
        self.appear()

    def appear(self):
        (self.folder / "live").write_text("1")
        self.name = (self.bank / "chip_name").read_text().strip()
        self.sysfs = PLATFORM / (self.folder / "dev_name").read_text().strip() / self.name
        self.path.symlink_to(self.name)

    def vanish(self):
        """As if it were unplugged, whoever holds its lines."""
        self.path.unlink()
        (self.folder / "live").write_text("0")

    def remove(self):
        if (self.folder / "live").read_text().strip() == "1":
            self.vanish()
        for line in self.bank.glob("line*"):
            line.rmdir()
        self.bank.rmdir()
        self.folder.rmdir()

    def pull(self, offset, high):
        """The world pulls at a line: what an input reads from now on."""
        (self.sysfs / f"sim_gpio{offset}" / "pull").write_text("pull-up" if high else "pull-down")

    def puller(self, offset):
        """The same for storms: an open file, and what to write to it. @return function(high)"""
        f = open(self.sysfs / f"sim_gpio{offset}" / "pull", "wb", buffering=0)
        return lambda high: f.write(b"pull-up" if high else b"pull-down")

    def value(self, offset):
        """What is on the line: what an output drives, or the pull of an input."""
        return int((self.sysfs / f"sim_gpio{offset}" / "value").read_text())

    def interrupts(self, offset):
        """How often a line that is watched has interrupted. Counts the lines of all chips, so have one."""
        rows = pathlib.Path("/proc/interrupts").read_text()
        return int(re.search(rf"^\s*\d+:\s+(\d+)\s+irq_sim\s+{offset}\s", rows, re.MULTILINE)[1])

    def holder(self, offset):
        """Who holds a line, by the kernel's word; None = nobody."""
        said = subprocess.run(["gpioinfo", self.name], capture_output=True, text=True, check=True).stdout
        row = re.search(rf"^\s*line\s+{offset}:\s+(?:unnamed|\".*?\")\s+(unused|\".*?\"|kernel)", said, re.MULTILINE)
        return None if row[1] == "unused" else row[1].strip('"')
