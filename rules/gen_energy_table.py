#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Prints rules/energy_table.inc: the mantissas of 10^(i/1000) and the half-step boundaries between them, as integers.
# Decimal arithmetic with 60 digits, so that every machine prints the same bytes; how they are used is energy.c's.
from decimal import Decimal, ROUND_CEILING, ROUND_HALF_EVEN, getcontext

getcontext().prec = 60
SCALE = Decimal(10) ** 9


def power(thousandths: Decimal) -> Decimal:
    return Decimal(10) ** (thousandths / 1000) * SCALE


def rows(name: str, values: list) -> None:
    print(f"static const uint64_t {name}[1000] = {{")
    for i in range(0, 1000, 8):
        print("    " + " ".join(f"{v}u," for v in values[i : i + 8]))
    print("};")


print("// SPDX-License-Identifier: Apache-2.0")
print("/* Made by rules/gen_energy_table.py; do not edit. `mantissa[i]` = round(10^(i/1000)·10^9), the energy of i hundredths")
print(" * of a decibel; `boundary[i]` = ceil(10^((i-0.5)/1000)·10^9), the least energy that is rounded to i. */")
print("// clang-format off")
rows("mantissa", [int(power(Decimal(i)).to_integral_value(ROUND_HALF_EVEN)) for i in range(1000)])
rows("boundary", [int(power(Decimal(i) - Decimal("0.5")).to_integral_value(ROUND_CEILING)) for i in range(1000)])
print("// clang-format on")
