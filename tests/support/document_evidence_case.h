// SPDX-License-Identifier: Apache-2.0
/* The evidence document of the contract's example. */
#ifndef SW_TESTS_DOCUMENT_EVIDENCE_CASE_H
#define SW_TESTS_DOCUMENT_EVIDENCE_CASE_H

#include <stddef.h>

size_t document_evidence(char *buf, size_t cap);
extern const char document_evidence_want[]; /* ' standing for " */

#endif
