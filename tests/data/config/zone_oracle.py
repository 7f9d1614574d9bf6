#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every change of a zone's UTC offset from 2000 to 2099, by Python's zoneinfo: "utc_seconds offset_seconds" a line;
the first line is the offset at the start. usage: zone_oracle.py Asia/Shanghai"""
import datetime
import sys
import zoneinfo

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
ZONE = zoneinfo.ZoneInfo(sys.argv[1])
FIRST, END = 946684800, 4102444800
STEP = 6 * 3600


def offset(second):
    return int((EPOCH + datetime.timedelta(seconds=second)).astimezone(ZONE).utcoffset().total_seconds())


last = offset(FIRST)
print(FIRST, last)
for low in range(FIRST, END, STEP):
    high = min(low + STEP, END - 1)
    if offset(high) == last:
        continue
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle) == last:
            low = middle
        else:
            high = middle
    last = offset(high)
    print(high, last)
