// SPDX-License-Identifier: Apache-2.0
/* The site, sensors, windows and tickets of the contract's examples as structs, and a judge that says what it is told.
 * The judge and the titles stand in at link time (-Wl,--wrap): rendering is tried without judging. */
#ifndef SW_TESTS_DOCUMENT_FIXTURE_H
#define SW_TESTS_DOCUMENT_FIXTURE_H

#include "io/document.h"

/** 2026-03-02 h:m:s at UTC+08:00, microseconds. Hours above 23 are the next day. */
#define AT(h, m, s) ((1772380800LL + (h) *3600LL + (m) *60LL + (s)) * 1000000LL)

/** One document: how it is made and what it must be, ' standing for ". */
struct document_case {
    const char *why;
    size_t (*render)(char *buf, size_t cap);
    const char *want;
};
extern const struct document_case document_cases[];
extern const size_t document_cases_n;

const struct sw_doc_site *fixture_site(void); /* sensors: 0 noise, 1 PM10, 2 camera */
const struct sw_window_result *fixture_noise_window(void);
const struct sw_window_result *fixture_dust_window(void);
const struct sw_ticket *fixture_ticket(void);
const struct sw_ticket *fixture_forecast_ticket(void);
const struct sw_ticket *fixture_dust_ticket(void);
const struct sw_summary *fixture_summary(void);

/* What the judge says from now on. */
void fixture_judge_alerting(void);
void fixture_judge_by_day(void);
void fixture_judge_held(void);
void fixture_judge_without_rules(void);
/** One rule alone: LAeq,20min with this limit and resolution (hundredths). */
void fixture_judge_one(enum sw_state state, int32_t value, int32_t limit, int32_t resolution, int32_t budget_s);

#endif
