// SPDX-License-Identifier: Apache-2.0
/* What io/http*.c share; nobody else includes it. */
#ifndef SW_IO_HTTP_INT_H
#define SW_IO_HTTP_INT_H

#include "io/http.h"

/** A listening socket with mode 0660. @return SW_OK; SW_E_BUSY somebody answers there; SW_E_CONFLICT it is no socket;
 *          SW_E_INVAL the path is too long; SW_E_IO */
int http_listen_unix(const char *path, int *ret_fd, struct sw_err *err);

#endif
