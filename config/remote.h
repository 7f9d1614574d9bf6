// SPDX-License-Identifier: Apache-2.0
/* The layer of the configuration that a platform writes over MQTT: {gateway.data}/remote.yaml, laid over the site file
 * and conf.d. Only keys whose row is marked SW_ROW_REMOTE may stand in it. Writing the file is gateway/'s. */
#ifndef SW_CONFIG_REMOTE_H
#define SW_CONFIG_REMOTE_H

#include <stddef.h>

#include "common/err.h"
#include "config/site.h"

#define SW_REMOTE_FILE "remote.yaml"
#define SW_REMOTE_MAX (64 * 1024) /* bytes of the file */

/** What a patch (RFC 7396, the text of a JSON object) makes of the layer that there is: the text of the new file.
 *  Nothing is written; the result is still to be read whole, as `remote_text`.
 *  @param file    the site file
 *  @param paths   as for sw_site_read; remote_file is the layer that there is
 *  @param ret     on the heap, for free()
 *  @return SW_OK; SW_E_DENIED or SW_E_INVAL with a sentence; SW_E_FULL the file would be too large; SW_E_IO; SW_E_NOMEM
 */
int sw_remote_patch(const char *file, const struct sw_config_paths *paths, const char *patch, size_t len, char **ret,
                    size_t *ret_len, struct sw_err *err);

#endif
