// SPDX-License-Identifier: Apache-2.0
/* A small file is replaced by a new one, or stays as it was: whatever happens meanwhile, there is one of them, whole.
 * Blocks: not for the core's thread while it runs. */
#ifndef SW_IO_REPLACE_H
#define SW_IO_REPLACE_H

#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"

/** @param mode  of the new file, whatever the umask. @return SW_OK; SW_E_IO (detail errno), and the old one is there */
int sw_file_replace(const char *path, const char *text, size_t len, mode_t mode, struct sw_err *err);
/** The whole of a regular file that nobody else may read or write.
 *  @param max  larger ones are refused
 *  @param ret  NUL-terminated, free when done
 *  @return SW_OK; SW_E_NOTFOUND; SW_E_DENIED others may read or write it; SW_E_CORRUPT no file, or too large; SW_E_IO;
 *          SW_E_NOMEM */
int sw_file_read_private(const char *path, size_t max, char **ret, size_t *ret_len, struct sw_err *err);

#endif
