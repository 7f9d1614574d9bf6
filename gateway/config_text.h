// SPDX-License-Identifier: Apache-2.0
/* The files that a site's configuration was read from, as one text for the store, and back into a folder that can be
 * read like the first. Secrets are not in it: the configuration only names their files. */
#ifndef SW_GATEWAY_CONFIG_TEXT_H
#define SW_GATEWAY_CONFIG_TEXT_H

#include <stddef.h>

#include "common/err.h"
#include "config/site.h"

#define SW_CONFIG_TEXT_SITE "site.yaml" /* what the site file is called in the folder */
/* and what the platform set is SW_REMOTE_FILE beside it, wherever gateway.data points: name it as `remote_file` */

/** @param ret  on the heap, for free(). @return SW_OK; SW_E_IO a file cannot be read; SW_E_FULL they are larger than
 * the store takes; SW_E_NOMEM */
int sw_config_text_write(const char *config_file, const struct sw_site *site, char **ret, size_t *ret_len,
                         struct sw_err *err);

/** Write the files into a folder, which exists and is empty. @return SW_OK; SW_E_CORRUPT; SW_E_IO */
int sw_config_text_unpack(const char *text, size_t len, const char *folder, struct sw_err *err);

#endif
