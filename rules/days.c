// SPDX-License-Identifier: Apache-2.0
/* The table of special days. Which of its facts a period or a working day goes by is calendar.c's. */
#include "rules/days.h"

const struct sw_special_day *sw_day_find(const struct sw_days *days, int32_t day)
{
    size_t low = 0, high = days ? days->n : 0;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (days->day[mid].day < day)
            low = mid + 1;
        else
            high = mid;
    }
    return days && low < days->n && days->day[low].day == day ? &days->day[low] : NULL;
}
