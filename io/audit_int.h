// SPDX-License-Identifier: Apache-2.0
/* What audit.c and audit_read.c share; nobody else includes it. */
#ifndef SW_IO_AUDIT_INT_H
#define SW_IO_AUDIT_INT_H

#include <stdbool.h>

#include "io/audit.h"

void audit_path(const char *folder, enum sw_audit_kind kind, bool is_older, char *buf, size_t cap);
/** @return 0 or errno */
int audit_append(const char *folder, enum sw_audit_kind kind, const char *text, size_t len);

#endif
