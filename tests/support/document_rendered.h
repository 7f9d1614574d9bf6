// SPDX-License-Identifier: Apache-2.0
/* The documents of document_cases.c as they are rendered. @return length, 0 = no room */
#ifndef SW_TESTS_SUPPORT_DOCUMENT_RENDERED_H
#define SW_TESTS_SUPPORT_DOCUMENT_RENDERED_H

#include <stddef.h>

size_t rendered_live(char *buf, size_t cap);
size_t rendered_live_without_value(char *buf, size_t cap);
size_t rendered_agg_noise(char *buf, size_t cap);
size_t rendered_agg_noise_in_replay(char *buf, size_t cap);
size_t rendered_agg_dust(char *buf, size_t cap);
size_t rendered_agg_empty(char *buf, size_t cap);
size_t rendered_state_alerting(char *buf, size_t cap);
size_t rendered_state_by_day(char *buf, size_t cap);
size_t rendered_state_held(char *buf, size_t cap);
size_t rendered_state_without_rules(char *buf, size_t cap);
size_t rendered_media_event(char *buf, size_t cap);
size_t rendered_sensor_event(char *buf, size_t cap);
size_t rendered_alert(char *buf, size_t cap);
size_t rendered_alert_with_detail(char *buf, size_t cap);
size_t rendered_agg_under_water(char *buf, size_t cap);
size_t rendered_agg_minute(char *buf, size_t cap);
size_t rendered_meta(char *buf, size_t cap);
size_t rendered_meta_of_a_fed_sensor(char *buf, size_t cap);
size_t rendered_ticket(char *buf, size_t cap);
size_t rendered_ticket_of_a_forecast(char *buf, size_t cap);
size_t rendered_ticket_of_work(char *buf, size_t cap);
size_t rendered_ticket_of_dust(char *buf, size_t cap);
size_t rendered_ticket_event(char *buf, size_t cap);
size_t rendered_output_that_rests(char *buf, size_t cap);
size_t rendered_output_that_is_silent(char *buf, size_t cap);
size_t rendered_summary(char *buf, size_t cap);
size_t rendered_summary_of_a_new_site(char *buf, size_t cap);
size_t rendered_schedule(char *buf, size_t cap);
size_t rendered_status(char *buf, size_t cap);
size_t rendered_will(char *buf, size_t cap);
size_t rendered_info(char *buf, size_t cap);
size_t rendered_checkpoint(char *buf, size_t cap);
size_t rendered_gap(char *buf, size_t cap);
size_t rendered_config(char *buf, size_t cap);
size_t rendered_config_that_does_not_fit(char *buf, size_t cap);
size_t rendered_health(char *buf, size_t cap);
size_t rendered_health_of_what_is_not_known(char *buf, size_t cap);
size_t rendered_answer_to_a_patch(char *buf, size_t cap);
size_t rendered_answer_done(char *buf, size_t cap);
size_t rendered_answer_refused(char *buf, size_t cap);
size_t rendered_answer_to_a_complaint(char *buf, size_t cap);
size_t rendered_answer_again(char *buf, size_t cap);
size_t rendered_info_of_a_simulated_site(char *buf, size_t cap);

#endif
