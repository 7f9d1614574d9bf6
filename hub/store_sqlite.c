// SPDX-License-Identifier: Apache-2.0
/* The hub's file: opening, transactions, closing. What is written is in store_put.c, what is read in store_read*.c. */
#include "hub/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* One hub a file: two would both acknowledge, and each would miss what the other one has. */
static int take_lock(struct hub_store *s, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 40];

    snprintf(path, sizeof(path), "%s.lock", s->path);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (s->lock_fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return sw_err_set(err, errno == EWOULDBLOCK ? SW_E_BUSY : SW_E_IO, errno, "%s is used by another hub", s->path);
    return SW_OK;
}

static int prepare(struct hub_store *s, struct sw_err *err)
{
    for (size_t i = 0; i < SQL__COUNT; i++) {
        const int rc = sw_db_prepare(s->db, store_statements[i], &s->sql[i], err);

        if (rc < 0)
            return rc;
    }
    return SW_OK;
}

static int open_all(struct hub_store *s, struct sw_err *err)
{
    int rc = take_lock(s, err);

    if (rc >= 0)
        rc = sw_db_open(s->path, false, &s->db, err);
    if (rc >= 0)
        rc = sw_db_migrate(s->db, store_steps, store_n_steps, err);
    return rc < 0 ? rc : prepare(s, err);
}

int hub_store_open(const struct hub_store_params *p, struct hub_store **ret, struct sw_err *err)
{
    struct hub_store *s = calloc(1, sizeof(*s));
    int rc;

    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
    s->params = *p;
    s->lock_fd = -1;
    s->must_mark_all = true;
    snprintf(s->path, sizeof(s->path), "%s", p->path);
    s->packer = sw_window_packer_new();
    s->holes = calloc(HUB_SEEN_RUNS_MAX, sizeof(*s->holes));
    s->bytes = malloc(SW_MAX(HUB_SEEN_PACKED_MAX, HUB_DOCUMENT_MAX + SW_WINDOW_TEXT_EXTRA));
    rc = s->packer && s->holes && s->bytes ? open_all(s, err) : sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
    if (rc < 0) {
        hub_store_close(s);
        return rc;
    }
    *ret = s;
    return SW_OK;
}

struct hub_store *hub_store_close(struct hub_store *s)
{
    if (!s)
        return NULL;
    if (s->db)
        sw_db_rollback(s->db);
    store_forget_sources(s);
    for (size_t i = 0; i < SQL__COUNT; i++)
        sw_db_finalize(s->sql[i]);
    sw_db_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    sw_window_packer_free(s->packer);
    free(s->holes);
    free(s->bytes);
    free(s);
    return NULL;
}

int hub_store_begin(struct hub_store *s, struct sw_err *err)
{
    return sw_db_begin(s->db, err);
}

int hub_store_commit(struct hub_store *s, struct sw_err *err)
{
    int rc = store_write_sources(s, err);

    if (rc >= 0)
        rc = sw_db_commit(s->db, err);
    if (rc < 0)
        hub_store_rollback(s);
    return rc;
}

/* What is in memory of the numbers is ahead of the file then: it is read again. */
void hub_store_rollback(struct hub_store *s)
{
    sw_db_rollback(s->db);
    store_forget_sources(s);
}

int64_t hub_store_bytes(struct hub_store *s)
{
    struct sw_db_space space = {0};

    return sw_db_space(s->db, &space, NULL) < 0 ? 0 : space.disk_bytes + space.log_bytes;
}
