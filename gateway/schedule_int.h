// SPDX-License-Identifier: Apache-2.0
/* What schedule.c (the site's files, the import) and schedule_change.c (what is published, what others say) share. */
#ifndef SW_GATEWAY_SCHEDULE_INT_H
#define SW_GATEWAY_SCHEDULE_INT_H

#include "config/schedule_child.h"
#include "gateway/schedule_change.h"

/* A file as it was when it was imported. */
struct schedule_mark {
    int64_t mtime_ns, size, inode; /* all 0: it is not there */
};

struct core_schedule {
    struct sw_core *core;
    struct sw_schedule *now; /* what the engine has; NULL = none */
    struct sw_layer *layer;  /* what others than the site said, stored with it */
    struct sw_source *look_source, *deadline_source, *out_source, *err_source;
    struct schedule_mark *marks; /* [n_files] */
    size_t n_files;

    /* the import that runs */
    struct sw_schedule_child child;
    struct sw_schedule **said; /* [n_files + 2]: files, the authority's items, and room for broadcasts */
    size_t file;               /* the one that is imported; n_files: the authority's */
    bool is_running, wants_again;
    int layer_rc;  /* below zero: the authority's items could not be imported */
    int64_t at_us; /* engine time of its start */

    /* a command of the authority, when that is what runs */
    struct core_schedule_change change; /* fn NULL: the files are imported */
    struct sw_layer *next;              /* the layer that it makes */

    int64_t due_us; /* engine time of the next import though nothing changed */
    struct sw_complaint complaint;
};

/* schedule.c */
/** Import the authority's items of s->next. @return below zero: nothing runs */
int schedule_run_child(struct core_schedule *s, struct sw_err *err);
/** Nothing is imported any more: who waits may go on. */
void schedule_end_job(struct core_schedule *s);

/* schedule_change.c */
/** The files were imported, and the authority's items unless they could not be. */
int schedule_publish_files(struct core_schedule *s, struct sw_err *err);
/** The import of a command is over, well or not. */
void schedule_conclude_change(struct core_schedule *s, int rc, struct sw_err *err);

#endif
