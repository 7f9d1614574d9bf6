// SPDX-License-Identifier: Apache-2.0
/* Who is speaking: what documents say of the site and its sensors, out of the configuration. For daemon and replay. */
#ifndef SW_GATEWAY_DOC_SITE_H
#define SW_GATEWAY_DOC_SITE_H

#include "config/site.h"
#include "gateway/engine.h"
#include "io/document.h"

struct sw_doc_site_owner {
    struct sw_doc_site site; /* borrows from the configuration and the arrays below */
    struct sw_doc_sensor *sensors;
    struct sw_doc_pack *packs;
};

/** The site and engine must outlive it. epoch NULL: a replay. @return SW_OK; SW_E_NOMEM */
int sw_doc_site_init(struct sw_doc_site_owner *o, const struct sw_site *site, struct sw_engine *engine,
                     const char *epoch, bool is_simulated, struct sw_err *err);
void sw_doc_site_done(struct sw_doc_site_owner *o);

#endif
