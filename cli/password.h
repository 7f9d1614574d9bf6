// SPDX-License-Identifier: Apache-2.0
/* A new password from a person: typed twice without being shown, or the first line of stdin when that is no terminal.
 */
#ifndef SW_CLI_PASSWORD_H
#define SW_CLI_PASSWORD_H

#include <stddef.h>

#include "common/err.h"

/** @param whose  for the question
 *  @param ret    wipe it (sodium_memzero) when done
 *  @return SW_OK; SW_E_INVAL the two differ, or it is too long; SW_E_NODATA nothing was typed; SW_E_IO */
int sw_password_ask(const char *whose, char *ret, size_t size, struct sw_err *err);

#endif
