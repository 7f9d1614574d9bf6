// SPDX-License-Identifier: Apache-2.0
/* Writing the record: lines are rendered on the loop's thread and appended by the worker. What a cut of the power
 * leaves of a last line is closed before the next one, and left out by who reads. */
#include "io/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "common/macros.h"
#include "io/audit_int.h"

struct sw_audit {
    struct sw_aside *aside;
    char folder[SW_PATH_SIZE];
    size_t n_waiting;
    uint64_t lost_total;
    struct sw_complaint complaint;
};

struct note {
    struct sw_aside_job job; /* first */
    struct sw_audit *audit;
    enum sw_audit_kind kind;
    int error; /* errno; 0 = it is on the disk */
    size_t len;
    char text[SW_AUDIT_LINE_MAX + 1];
};

static const char *const kinds[SW_AUDIT__COUNT] = {"access", "failed", "account", "evidence"};

const char *sw_audit_kind_name(enum sw_audit_kind kind)
{
    return kinds[kind];
}

int sw_audit_kind_of(const char *name)
{
    for (int i = 0; i < SW_AUDIT__COUNT; i++)
        if (strcmp(kinds[i], name) == 0)
            return i;
    return -1;
}

void audit_path(const char *folder, enum sw_audit_kind kind, bool is_older, char *buf, size_t cap)
{
    (void) snprintf(buf, cap, "%s/audit-%s.jsonl%s", folder, kinds[kind], is_older ? ".1" : "");
}

/* ---- on the worker ---- */

/* @return 0 or errno */
static int append(int fd, off_t size, const char *text, size_t len)
{
    char last = '\n';
    ssize_t n;

    if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n' && write(fd, "\n", 1) != 1)
        return errno;
    n = write(fd, text, len);
    if (n == (ssize_t) len)
        return fdatasync(fd) < 0 ? errno : 0;
    n = n < 0 ? errno : ENOSPC;
    (void) !ftruncate(fd, size);
    return (int) n;
}

int audit_append(const char *folder, enum sw_audit_kind kind, const char *text, size_t len)
{
    char path[SW_PATH_SIZE + 64], older[SW_PATH_SIZE + 64];
    struct stat st;
    int fd, error;

    audit_path(folder, kind, false, path, sizeof(path));
    audit_path(folder, kind, true, older, sizeof(older));
    if (stat(path, &st) == 0 && st.st_size + (off_t) len + 1 > SW_AUDIT_FILE_MAX && rename(path, older) < 0)
        return errno;
    fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    error = fstat(fd, &st) < 0 ? errno : append(fd, st.st_size, text, len);
    close(fd);
    return error;
}

static void run_note(struct sw_aside_job *job)
{
    struct note *n = (struct note *) job;

    n->error = audit_append(n->audit->folder, n->kind, n->text, n->len);
}

/* ---- on the loop's thread ---- */

static void lose(struct sw_audit *a, const char *why)
{
    a->lost_total++;
    sw_complain(&a->complaint, sw_mono_real_us(), SW_LOG_WARNING, "the record of who did what is not kept: %s", why);
}

static void note_done(struct sw_aside_job *job, bool was_run)
{
    struct note *n = (struct note *) job;

    if (!was_run) /* the program ends: it is short enough to be written here */
        n->error = audit_append(n->audit->folder, n->kind, n->text, n->len);
    n->audit->n_waiting--;
    if (n->error)
        lose(n->audit, strerror(n->error));
    else
        sw_complain_clear(&n->audit->complaint, SW_LOG_NOTICE, "the record of who did what is kept again");
    free(n);
}

static size_t render(const struct sw_audit_event *e, char *buf, size_t cap)
{
    struct sw_jsonw w;
    size_t len = 0;

    sw_jsonw_init(&w, buf, cap);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_time(&w, "at", NULL, e->at_us);
    sw_jsonw_str(&w, "kind", kinds[e->kind]);
    sw_jsonw_str(&w, "what", e->what);
    sw_jsonw_str(&w, "who", e->who);
    if (e->role)
        sw_jsonw_str(&w, "role", e->role);
    sw_jsonw_str(&w, "from", e->from);
    if (e->subject)
        sw_jsonw_str(&w, "subject", e->subject);
    sw_jsonw_object_end(&w);
    if (!sw_jsonw_finish(&w, &len))
        return 0;
    buf[len++] = '\n';
    return len;
}

void sw_audit_note(struct sw_audit *a, const struct sw_audit_event *e)
{
    struct note *n = a->n_waiting < SW_AUDIT_WAITING_MAX ? calloc(1, sizeof(*n)) : NULL;

    if (!n) {
        lose(a, "too much of it waits to be written");
        return;
    }
    n->job = (struct sw_aside_job){run_note, note_done};
    n->audit = a;
    n->kind = e->kind;
    n->len = render(e, n->text, sizeof(n->text) - 1);
    if (n->len == 0 || sw_aside_post(a->aside, &n->job, NULL) < 0) {
        lose(a, n->len == 0 ? "a line is too long" : "too much waits");
        free(n);
        return;
    }
    a->n_waiting++;
}

uint64_t sw_audit_lost_total(const struct sw_audit *a)
{
    return a->lost_total;
}

struct sw_audit *sw_audit_new(struct sw_aside *aside, const char *folder)
{
    struct sw_audit *a = calloc(1, sizeof(*a));

    if (a) {
        a->aside = aside;
        (void) snprintf(a->folder, sizeof(a->folder), "%s", folder);
    }
    return a;
}

struct sw_audit *sw_audit_free(struct sw_audit *a)
{
    free(a);
    return NULL;
}
