// SPDX-License-Identifier: Apache-2.0
/* What is wrong with files that people wrote: every fault with its place, so that one run names them all.
 * A warning is told and changes nothing. Bounded; zero-initialise, end with sw_faults_done. */
#ifndef SW_CONFIG_FAULTS_H
#define SW_CONFIG_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/jsonw.h"

#define SW_FAULTS_MAX 200 /* kept; the rest is only counted */

struct sw_fault {
    char *file;
    unsigned line, column; /* from 1; 0 = the file as a whole */
    bool is_warning;
    unsigned rank; /* order in which it was found */
    char message[256];
};

struct sw_faults {
    size_t n;          /* kept in list */
    size_t n_faults;   /* found, kept or not */
    size_t n_warnings; /* the same */
    struct sw_fault *list;
};

void sw_faults_done(struct sw_faults *f);

/** Add one. Text beyond the room of a message is cut. line 0 names the file as a whole. */
void sw_fault_add(struct sw_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void sw_warning_add(struct sw_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** Put all of one list behind another and end it. */
void sw_faults_move(struct sw_faults *to, struct sw_faults *from);

/** Order by file (as first met), line, column; equal places as found. */
void sw_faults_sort(struct sw_faults *f);

/** One line each, "file:line:column: message" ("file:line:column: warning: message"), and a line about what was cut. */
void sw_faults_print(const struct sw_faults *f, FILE *to);

/** "file:line:column: message" of the first fault that is not a warning, for a log; "" if there is none. */
const char *sw_faults_first(const struct sw_faults *f, char *buf, size_t cap);

/** The list as a JSON array of {file, line, column, severity, message}. */
void sw_faults_json(const struct sw_faults *f, struct sw_jsonw *w, const char *key);

#endif
