// SPDX-License-Identifier: Apache-2.0
/* The words of a component: kind, status, texts, and names that nobody knows. Times, rules and zones are ical.c's. */
#include "cli/ical.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/macros.h"
#include "config/text.h"

const char *sw_ical_x_value(icalcomponent *c, const char *name, icalproperty **ret)
{
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_X_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_X_PROPERTY)) {
        const char *own = icalproperty_get_x_name(p);

        if (own != NULL && strcasecmp(own, name) == 0) {
            if (ret != NULL)
                *ret = p;
            return icalproperty_get_x(p);
        }
    }
    return NULL;
}

/* Into a field; what does not fit, or is no clean text, is cut at a character and told. */
static void take_words(struct sw_ical_reading *r, const struct sw_event *ev, const char *name, const char *text,
                       char *to, size_t cap)
{
    const size_t len = text != NULL ? strlen(text) : 0, clean = text != NULL ? sw_text_first_bad(text, len) : 0;

    if (text == NULL)
        return;
    if (clean < len)
        sw_events_tell(r->e, ev->line, ev->item.uid, "%s is no clean UTF-8 and is cut after %zu bytes", name, clean);
    else if (len >= cap)
        sw_events_tell(r->e, ev->line, ev->item.uid, "%s is longer than %zu bytes and is cut", name, cap - 1);
    (void) snprintf(to, cap, "%.*s", (int) SW_MIN((size_t) sw_text_clip(text, cap - 1), clean), text);
}

static bool is_chinese(icalproperty *p, const char *text)
{
    icalparameter *param = icalproperty_get_first_parameter(p, ICAL_LANGUAGE_PARAMETER);
    const char *language = param != NULL ? icalparameter_get_language(param) : NULL;

    if (language != NULL)
        return strncasecmp(language, "zh", 2) == 0;
    for (; *text != '\0'; text++)
        if ((unsigned char) *text >= 0xe3) /* U+3000 and beyond */
            return true;
    return false;
}

void sw_ical_take_texts(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev)
{
    struct sw_schedule_item *item = &ev->item;
    const char *issuer = sw_ical_x_value(c, "X-SITEWARD-ISSUER", NULL);
    icalproperty *organizer = icalcomponent_get_first_property(c, ICAL_ORGANIZER_PROPERTY);

    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_SUMMARY_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_SUMMARY_PROPERTY)) {
        const char *text = icalproperty_get_summary(p);

        if (text != NULL && is_chinese(p, text))
            take_words(r, ev, "SUMMARY", text, item->summary_zh, sizeof(item->summary_zh));
        else
            take_words(r, ev, "SUMMARY", text, item->summary_en, sizeof(item->summary_en));
    }
    take_words(r, ev, "X-SITEWARD-PERMIT-NO", sw_ical_x_value(c, "X-SITEWARD-PERMIT-NO", NULL), item->permit_no,
               sizeof(item->permit_no));
    take_words(r, ev, "X-SITEWARD-REASON", sw_ical_x_value(c, "X-SITEWARD-REASON", NULL), item->reason,
               sizeof(item->reason));
    if (issuer == NULL && organizer != NULL) {
        icalparameter *cn = icalproperty_get_first_parameter(organizer, ICAL_CN_PARAMETER);

        issuer = cn != NULL ? icalparameter_get_cn(cn) : icalproperty_get_organizer(organizer);
        if (issuer != NULL && strncasecmp(issuer, "mailto:", 7) == 0)
            issuer += 7;
    }
    take_words(r, ev, "the issuer", issuer, item->issued_by, sizeof(item->issued_by));
}

int sw_ical_take_kind(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    const char *word = sw_ical_x_value(c, "X-SITEWARD-KIND", NULL), *text = NULL;

    ev->item.kind = SW_ITEM_WORK;
    if (word != NULL)
        return sw_event_kind(word, &ev->item.kind)
                   ? SW_OK
                   : sw_err_set(err, SW_E_INVAL, 0, "X-SITEWARD-KIND '%.40s' is not one of WORK, PERMIT, QUIET", word);
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_CATEGORIES_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_CATEGORIES_PROPERTY)) {
        text = icalproperty_get_categories(p);
        if (text != NULL && sw_event_kind_in(text, &ev->item.kind))
            return SW_OK;
    }
    if (text != NULL)
        sw_events_tell(r->e, ev->line, ev->item.uid,
                       "CATEGORIES '%.40s' names none of WORK, PERMIT, QUIET: taken as work", text);
    return SW_OK;
}

int sw_ical_take_status(const struct sw_ical_reading *r, icalcomponent *c, struct sw_schedule_item *item,
                        struct sw_err *err)
{
    icalproperty *p = icalcomponent_get_first_property(c, ICAL_STATUS_PROPERTY);
    const icalproperty_status status = p != NULL ? icalproperty_get_status(p) : ICAL_STATUS_NONE;

    if (p != NULL && status != ICAL_STATUS_CANCELLED && status != ICAL_STATUS_TENTATIVE &&
        status != ICAL_STATUS_CONFIRMED)
        return sw_err_set(err, SW_E_INVAL, 0, "STATUS '%.40s' is not one of CONFIRMED, TENTATIVE, CANCELLED",
                          icalproperty_get_value_as_string(p));
    if (r->is_cancelling || status == ICAL_STATUS_CANCELLED)
        item->status = SW_ITEM_CANCELLED;
    else if (status == ICAL_STATUS_TENTATIVE || item->kind == SW_ITEM_PERMIT)
        item->status = SW_ITEM_UNCONFIRMED; /* only the authority confirms a permit */
    else
        item->status = SW_ITEM_CONFIRMED;
    return SW_OK;
}

/* It says so in a property. */
int sw_ical_check_unread(icalcomponent *c, struct sw_err *err)
{
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_XLICERROR_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_XLICERROR_PROPERTY)) {
        const char *text = icalproperty_get_xlicerror(p), *what = text != NULL ? sw_ical_matters(text) : NULL;

        if (what != NULL)
            return sw_err_set(err, SW_E_INVAL, 0, "%s cannot be read (%.120s)", what, text);
    }
    return SW_OK;
}

/* Our own names are all known; a strange one of the standard is told only when it is near one that matters here. */
static void tell_name(struct sw_ical_reading *r, const struct sw_event *ev, const char *name)
{
    static const char *const ours[] = {SW_ICAL_LINE_PROPERTY,   "X-SITEWARD-KIND",     "X-SITEWARD-PERMIT-NO",
                                       "X-SITEWARD-REASON",     "X-SITEWARD-ISSUER",   "X-SITEWARD-GRANTED",
                                       "X-SITEWARD-VALID-FROM", "X-SITEWARD-VALID-TO", "X-SITEWARD-NOTICE-POSTED"};
    static const char *const standard[] = {"DTSTART", "DTEND",  "DURATION", "RRULE",      "RDATE",        "EXDATE",
                                           "SUMMARY", "STATUS", "SEQUENCE", "CATEGORIES", "RECURRENCE-ID"};
    const bool is_ours = strncasecmp(name, "X-SITEWARD-", 11) == 0;
    const char *const *known = is_ours ? ours : standard;
    const size_t n = is_ours ? SW_ARRAY_SIZE(ours) : SW_ARRAY_SIZE(standard);
    struct sw_guess guess = {.typed = name};
    char text[160];

    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(known[i], name) == 0)
            return;
        sw_guess_offer(&guess, known[i]);
    }
    if (is_ours || guess.is_found)
        sw_events_tell(r->e, ev->line, ev->item.uid, "unknown property '%.40s' is ignored%s", name,
                       sw_guess_text(&guess, text, sizeof(text)));
}

void sw_ical_tell_unknown(struct sw_ical_reading *r, icalcomponent *c, const struct sw_event *ev)
{
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_X_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_X_PROPERTY)) {
        const char *name = icalproperty_get_x_name(p);

        if (name != NULL && strncasecmp(name, "X-SITEWARD-", 11) == 0)
            tell_name(r, ev, name);
    }
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_XLICERROR_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_XLICERROR_PROPERTY)) {
        const char *text = icalproperty_get_xlicerror(p), *name = text != NULL ? strstr(text, "name: ") : NULL;

        if (name != NULL)
            tell_name(r, ev, name + 6);
    }
}
