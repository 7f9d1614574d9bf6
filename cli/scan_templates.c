// SPDX-License-Identifier: Apache-2.0
/* Reads every template for a scan and for lists; a faulty one is told and left out, it must not stop an electrician. */
#include "cli/scan_templates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/read.h"
#include "config/text.h"

int sw_scan_templates_read(const char *site_file, struct sw_scan_templates *ret, struct sw_err *err)
{
    char(*ids)[SW_ID_SIZE] = calloc(SW_SCAN_TEMPLATES_MAX, sizeof(*ids));
    struct sw_faults faults = {0};
    struct sw_share share;
    char path[SW_PATH_SIZE + 128], sha256[65];

    *ret = (struct sw_scan_templates){.list = calloc(SW_SCAN_TEMPLATES_MAX, sizeof(*ret->list))};
    if (!ids || !ret->list) {
        free(ids);
        sw_scan_templates_done(ret);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the templates");
    }
    sw_share_init(&share, site_file, NULL);
    const size_t n = sw_share_ids(&share, SW_SHARE_TEMPLATE, ids, SW_SCAN_TEMPLATES_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!sw_share_find(&share, SW_SHARE_TEMPLATE, ids[i], path, sizeof(path)))
            continue;
        if (sw_template_read(path, &faults, &ret->list[ret->n], sha256, err) == SW_OK)
            ret->n++;
        else
            ret->n_faulty++;
    }
    sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    free(ids);
    if (ret->n > 0)
        return SW_OK;
    sw_scan_templates_done(ret);
    return sw_err_set(err, SW_E_NOTFOUND, 0, "there are no templates in %s: $SITEWARD_SHARE names another folder",
                      share.share_dir);
}

void sw_scan_templates_done(struct sw_scan_templates *t)
{
    for (size_t i = 0; t->list && i < t->n; i++)
        sw_template_done(&t->list[i]);
    free(t->list);
    *t = (struct sw_scan_templates){0};
}

const struct sw_template *sw_scan_template(const struct sw_scan_templates *t, const char *id)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i].id, id) == 0)
            return &t->list[i];
    return NULL;
}

const char *sw_scan_template_guess(const struct sw_scan_templates *t, const char *typed, char *buf, size_t cap)
{
    struct sw_guess guess = {.typed = typed};

    for (size_t i = 0; i < t->n; i++)
        sw_guess_offer(&guess, t->list[i].id);
    return sw_guess_text(&guess, buf, cap);
}

const char *sw_scan_template_name(const struct sw_template *t, char *buf, size_t cap)
{
    (void) snprintf(buf, cap, "%s%s%s", t->manufacturer, t->manufacturer[0] && t->model[0] ? " " : "",
                    t->model[0] || t->manufacturer[0] ? t->model : t->id);
    return buf;
}

const char *sw_scan_sure(const struct sw_template *t)
{
    return t->sure == SW_SURE_CONFIRMED ? "confirmed" : t->sure == SW_SURE_SECONDARY ? "secondary" : "unverified";
}

bool sw_scan_is_chinese(void)
{
    const char *lang = getenv("LANG");

    return lang != NULL && strncmp(lang, "zh", 2) == 0;
}

const char *sw_scan_wiring(const struct sw_template *t)
{
    const char *first = sw_scan_is_chinese() ? t->wiring_zh : t->wiring_en;

    return first[0] != '\0' ? first : sw_scan_is_chinese() ? t->wiring_en : t->wiring_zh;
}
