// SPDX-License-Identifier: Apache-2.0
/* Real and simulated domain clocks. */
#include "common/clock.h"

#include <math.h>
#include <sys/timex.h>
#include <time.h>

#include "common/macros.h"

static int64_t read_us(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return ts.tv_sec * SW_US_PER_S + ts.tv_nsec / 1000;
}

int64_t sw_mono_real_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void sw_clock_init_real(struct sw_clock *c)
{
    *c = (struct sw_clock){.speed = 1.0};
}

int sw_clock_init_simulated(struct sw_clock *c, int64_t epoch_us, double speed, int64_t origin_us, struct sw_err *err)
{
    if (!(speed >= 0.001 && speed <= 100000.0))
        return sw_err_set(err, SW_E_INVAL, 0, "simulation speed %g is not in 0.001 … 100000", speed);
    *c = (struct sw_clock){.simulated = true, .speed = speed, .epoch_us = epoch_us, .origin_us = origin_us};
    return SW_OK;
}

int64_t sw_clock_mono_us(const struct sw_clock *c)
{
    int64_t now_us = sw_mono_real_us();

    return c->simulated ? (int64_t) ((double) (now_us - c->origin_us) * c->speed) : now_us;
}

int64_t sw_clock_utc_us(const struct sw_clock *c)
{
    return c->simulated ? c->epoch_us + sw_clock_mono_us(c) : read_us(CLOCK_REALTIME);
}

enum sw_time_quality sw_clock_quality(const struct sw_clock *c)
{
    struct timex kernel = {0};
    int state = c->simulated ? TIME_OK : ntp_adjtime(&kernel);

    return state >= 0 && state != TIME_ERROR && !(kernel.status & STA_UNSYNC) ? SW_TIME_SYNCED : SW_TIME_UNSYNCED;
}

void sw_clock_at(const struct sw_clock *c, int64_t real_mono_us, int64_t *ret_utc_us, int64_t *ret_mono_us)
{
    if (c->simulated) {
        *ret_mono_us = (int64_t) ((double) (real_mono_us - c->origin_us) * c->speed);
        *ret_utc_us = c->epoch_us + *ret_mono_us;
    } else {
        *ret_utc_us = read_us(CLOCK_REALTIME) - (sw_mono_real_us() - real_mono_us);
        *ret_mono_us = real_mono_us;
    }
}

int64_t sw_clock_real_interval_us(const struct sw_clock *c, int64_t domain_us)
{
    if (domain_us <= 0)
        return 0;
    return c->simulated ? (int64_t) ceil((double) domain_us / c->speed) : domain_us;
}
