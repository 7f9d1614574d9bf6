// SPDX-License-Identifier: Apache-2.0
/* `siteward db backup` and `restore`. A copy is written under another name, checked, synced and only then given its
 * name, so that a half one never looks like a whole one. Every copy is marked: the gateway that starts on one would
 * give numbers again that receivers know with other content, so it begins a new epoch instead. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/db.h"
#include "gateway/store.h"

static int move(const char *from, const char *to, struct sw_err *err)
{
    if (rename(from, to) == 0)
        return sw_dbfile_settle(to, err);
    return sw_err_set(err, SW_E_IO, errno, "%s cannot be named %s: %s", from, to, strerror(errno));
}

static int check_room(const char *from, const char *to, struct sw_err *err)
{
    struct sw_db_space p = {0};
    struct sw_db *db = NULL;
    int rc = sw_db_open(from, true, &db, err);
    int64_t needed, room;

    if (rc == SW_OK)
        rc = sw_db_space(db, &p, err);
    sw_db_close(db);
    if (rc < 0)
        return rc;
    needed = p.pages * p.page_bytes + (1 << 20);
    room = sw_dbfile_room(to);
    if (room < needed)
        return sw_err_set(err, SW_E_FULL, 0, "%s needs %lld MB where %s is to be, and %lld MB are free", from,
                          (long long) (needed / 1000000), to, (long long) (room / 1000000));
    return SW_OK;
}

/* A checked, marked copy under a name of its own. */
static int make_copy(const char *from, const char *to, struct sw_err *err)
{
    int rc = check_room(from, to, err);

    if (rc == SW_OK && access(to, F_OK) == 0 && unlink(to) < 0) /* of a run that was killed */
        rc = sw_err_set(err, SW_E_IO, errno, "%s: %s", to, strerror(errno));
    if (rc == SW_OK)
        rc = sw_dbfile_copy_file(from, to, err);
    return rc < 0 ? rc : sw_dbfile_mark_copy(to, err);
}

int sw_dbfile_backup(const struct sw_dbfile_options *o)
{
    char partial[SW_DB_FILE_SIZE + 16];
    struct sw_err err = {0};
    int rc;

    if (strlen(o->other) >= SW_PATH_SIZE)
        return sw_cli_fail(SW_DB_NAME, "%.60s…: the path is too long", o->other);
    if (!o->is_forced && access(o->other, F_OK) == 0)
        return sw_cli_fail(SW_DB_NAME, "%s is there already: name another file, or say --force", o->other);
    (void) snprintf(partial, sizeof(partial), "%s.partial", o->other);
    rc = make_copy(o->path, partial, &err);
    if (rc == SW_OK)
        rc = move(partial, o->other, &err);
    if (rc < 0)
        return sw_cli_fail(SW_DB_NAME, "%s", err.msg);
    printf("%s: copied and found whole.\n"
           "It holds measurements, tickets, the chain and what waits to be sent. Not in it: pictures (the folder media "
           "beside\nthe database), the configuration, and the signing key: whoever has that can sign as this gateway, "
           "so keep a\ncopy of it apart and locked away, or let a restored gateway make a new one.\n",
           o->other);
    return SW_EXIT_OK;
}

/* What was there until now stays, with its log: nobody may have meant to lose it. */
static int set_aside(const struct sw_dbfile_options *o, char *aside, size_t cap, struct sw_err *err)
{
    char log[SW_DB_FILE_SIZE + 16], aside_log[SW_DB_FILE_SIZE + 32];

    (void) snprintf(aside, cap, "%s.before-restore", o->path);
    (void) snprintf(log, sizeof(log), "%s-wal", o->path);
    (void) snprintf(aside_log, sizeof(aside_log), "%s-wal", aside);
    if (access(o->path, F_OK) < 0) {
        aside[0] = '\0';
        (void) unlink(log); /* a log without its database would be taken for that of the copy */
    } else {
        if (!o->is_forced && access(aside, F_OK) == 0)
            return sw_err_set(err, SW_E_CONFLICT, 0,
                              "%s is there from an earlier restore: move it away, or say --force", aside);
        /* the database first: without its log it would go on from an earlier state, and give numbers twice */
        (void) unlink(aside_log);
        if (rename(o->path, aside) < 0)
            return sw_err_set(err, SW_E_IO, errno, "%s: %s", o->path, strerror(errno));
        if (rename(log, aside_log) < 0 && errno != ENOENT)
            return sw_err_set(err, SW_E_IO, errno, "%s: %s", log, strerror(errno));
    }
    (void) snprintf(log, sizeof(log), "%s-shm", o->path);
    (void) unlink(log);
    return SW_OK;
}

/* A newer program's file would be refused at the start: say so before anything is moved. */
static int check_version(const char *path, struct sw_err *err)
{
    struct sw_db *db = NULL;
    int64_t version = 0, is_ours = 0;
    int rc = sw_db_open(path, true, &db, err);

    if (rc == SW_OK)
        rc = sw_db_value(db, "PRAGMA user_version", 0, &version, err);
    if (rc == SW_OK)
        rc = sw_db_value(db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'outbox', 'block')", 0,
                         &is_ours, err);
    sw_db_close(db);
    if (rc == SW_OK && is_ours != 3)
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s is no database of a gateway", path);
    if (rc == SW_OK && version > sw_store_schema_version())
        rc = sw_err_set(err, SW_E_CONFLICT, 0, "%s has schema version %lld, this program knows versions up to %d", path,
                        (long long) version, sw_store_schema_version());
    return rc;
}

/* Restoring is done as root, as a rule, and the gateway is not root: what is made here, its lock too, belongs to whom
 * the folder belongs to. */
static int give_to_owner(const struct sw_dbfile_options *o, const char *partial, struct sw_err *err)
{
    char folder[SW_DB_FILE_SIZE], lock[SW_DB_FILE_SIZE + 8];
    char *slash;
    struct stat st;

    (void) snprintf(folder, sizeof(folder), "%s", o->path);
    slash = strrchr(folder, '/');
    (void) snprintf(slash ? slash : folder, 3, "%s", slash ? "/." : ".");
    (void) snprintf(lock, sizeof(lock), "%s.lock", o->path);
    if (geteuid() != 0)
        return SW_OK;
    if (stat(folder, &st) < 0 || chown(partial, st.st_uid, st.st_gid) < 0 || chown(lock, st.st_uid, st.st_gid) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s cannot be given to the owner of %s: %s", partial, folder,
                          strerror(errno));
    return SW_OK;
}

static int restore(const struct sw_dbfile_options *o, char *aside, size_t cap, struct sw_err *err)
{
    char partial[SW_DB_FILE_SIZE + 16];
    int lock_fd = -1;
    int rc = check_version(o->other, err);

    if (rc == SW_OK)
        rc = sw_store_lock(o->path, &lock_fd, err);
    (void) snprintf(partial, sizeof(partial), "%s.partial", o->path);
    if (rc == SW_OK)
        rc = make_copy(o->other, partial, err);
    if (rc == SW_OK)
        rc = give_to_owner(o, partial, err);
    if (rc == SW_OK)
        rc = set_aside(o, aside, cap, err);
    if (rc == SW_OK)
        rc = move(partial, o->path, err);
    if (lock_fd >= 0)
        close(lock_fd);
    return rc;
}

int sw_dbfile_restore(const struct sw_dbfile_options *o)
{
    char aside[SW_DB_FILE_SIZE + 16] = "";
    struct sw_err err = {0};

    if (strlen(o->other) >= SW_PATH_SIZE)
        return sw_cli_fail(SW_DB_NAME, "%.60s…: the path is too long", o->other);
    if (restore(o, aside, sizeof(aside), &err) < 0)
        return sw_cli_fail(SW_DB_NAME, "%s", err.msg);
    printf("%s: restored from %s.\n", o->path, o->other);
    if (aside[0])
        printf("What was there until now is %s; remove it when all is well.\n", aside);
    fputs("The gateway begins a new epoch at its next start, because its numbers go on from an earlier state.\n",
          stdout);
    return SW_EXIT_OK;
}
