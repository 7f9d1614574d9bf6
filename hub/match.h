// SPDX-License-Identifier: Apache-2.0
/* Which site is meant by what an agent types: its id, its name, its address, a street or an estate that it serves; in
 * Chinese or Latin, with or without the city before it and the house number behind it. Pure. */
#ifndef SW_HUB_MATCH_H
#define SW_HUB_MATCH_H

#include <stddef.h>

#define HUB_MATCH_TEXT_MAX 200 /* bytes of what is typed; longer is cut */

/** From what on two texts are about the same; the higher the surer. 0 = nothing in common. */
enum { HUB_MATCH_NONE = 0, HUB_MATCH_PART = 100, HUB_MATCH_WITHIN = 500, HUB_MATCH_SAME = 1000 };

/** Lower case, full-width as plain, without spaces and punctuation. @param to  [cap], cut at a whole character */
void hub_match_fold(const char *text, char *to, size_t cap);

/** How well does a text of a site (a name, an address, a street) fit what was typed?
 *  SAME; WITHIN + characters when one contains the other; PART + characters when they share a street or estate name
 *  (at least three Chinese characters that are no part of a city or district); NONE. */
int hub_match_score(const char *typed, const char *of_site);

#endif
