// SPDX-License-Identifier: Apache-2.0
/* A pack in words: as a page for people in English or Chinese, or as one JSON object. What there is to show comes from
 * pack_view.c. */
#ifndef SW_CLI_PACK_TEXT_H
#define SW_CLI_PACK_TEXT_H

#include <stdio.h>

#include "cli/pack_view.h"
#include "common/jsonw.h"

enum sw_pack_lang { SW_PACK_EN, SW_PACK_ZH };

/** The whole page. */
void sw_pack_print(const struct sw_pack_view *v, enum sw_pack_lang lang, FILE *to);

/** The same for programs: one object, both languages of the titles. */
void sw_pack_json(const struct sw_pack_view *v, struct sw_jsonw *w);

/** All limits of one rule (limits[i] … of the same node) as a paragraph. @return index behind the last of them */
size_t sw_pack_print_rule(const struct sw_pack_view *v, size_t i, enum sw_pack_lang lang, FILE *to);

/* Words, in pack_text_words.c. Each returns buf. */

/** "every day", "Mon-Fri, Sun and public holidays". @param buf >= 160 */
const char *sw_pack_days_text(const struct sw_pack *pack, unsigned days, enum sw_pack_lang lang, char *buf, size_t cap);

/** "20 min", "2 h 30 min". @param buf >= 48 */
const char *sw_pack_duration_text(long s, enum sw_pack_lang lang, char *buf, size_t cap);

/** A figure of a limit in the file's unit: "55.0 dB(A)", "0.8 mg/m³". @param buf >= 48 */
const char *sw_pack_figure_text(int32_t hundredths, const char *unit, char *buf, size_t cap);

/** "dB(A)", "µg/m³", "mg/m³", "times". */
const char *sw_pack_unit_text(const char *unit);

/** "Day", "昼间"; of an unknown one the id itself. @param buf >= 48 */
const char *sw_pack_period_text(const char *id, enum sw_pack_lang lang, char *buf, size_t cap);

#endif
