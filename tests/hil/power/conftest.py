# SPDX-License-Identifier: Apache-2.0
"""Runs on this machine and boots guests, unlike the tests of the folder above, which run inside one."""
import pytest


@pytest.fixture
def siteward():
    """siteward('verify', …) → exit code and outputs."""
    import subprocess

    import rig as peers

    class Run:
        def __init__(self, done):
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    return lambda *args: Run(subprocess.run([peers.program("siteward"), *map(str, args)], capture_output=True,
                                            text=True, timeout=600))
