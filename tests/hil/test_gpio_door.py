# SPDX-License-Identifier: Apache-2.0
"""The GPIO door alone, without the gateway: each case of gpio_door.c on a chip of its own."""
import os
import subprocess

import pytest

DOOR = os.environ.get("HIL_DOOR", "")
CASES = subprocess.run([DOOR], capture_output=True, text=True, check=True).stdout.split() if DOOR else []


@pytest.mark.parametrize("case", CASES)
def test_door(case, chip):
    done = subprocess.run([DOOR, case, chip.folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
