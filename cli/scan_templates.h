// SPDX-License-Identifier: Apache-2.0
/* All templates that there are: those beside the site file, then the shipped ones. */
#ifndef SW_CLI_SCAN_TEMPLATES_H
#define SW_CLI_SCAN_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "sensors/template.h"

#define SW_SCAN_TEMPLATES_MAX 256

struct sw_scan_templates {
    struct sw_template *list; /* [n], by id */
    size_t n;
    size_t n_faulty; /* could not be read: told on stderr and left out */
};

/** @param site_file  templates/ beside it comes first. @return SW_OK; SW_E_NOTFOUND there are none; SW_E_NOMEM */
int sw_scan_templates_read(const char *site_file, struct sw_scan_templates *ret, struct sw_err *err);
void sw_scan_templates_done(struct sw_scan_templates *t);

/** By id; NULL when there is none. */
const struct sw_template *sw_scan_template(const struct sw_scan_templates *t, const char *id);

/** Nearest id to one that does not exist: ": did you mean 'x'?" or "". @return buf */
const char *sw_scan_template_guess(const struct sw_scan_templates *t, const char *typed, char *buf, size_t cap);

/** "Renke RS-FSJT-N01" @return buf */
const char *sw_scan_template_name(const struct sw_template *t, char *buf, size_t cap);

/** "confirmed", "secondary", "unverified" */
const char *sw_scan_sure(const struct sw_template *t);

/** The hint for the installer in the language of $LANG; the other one when it has none; "" */
const char *sw_scan_wiring(const struct sw_template *t);
bool sw_scan_is_chinese(void);

#endif
