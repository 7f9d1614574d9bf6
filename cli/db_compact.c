// SPDX-License-Identifier: Apache-2.0
/* `siteward db compact`: the database written anew, dense, with today's page size, and able to give free pages back
 * from then on. Under another name first, compared, synced, and put into its place in one step. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/db.h"
#include "gateway/store.h"

static int check_room(struct sw_db *db, const char *to, int64_t *ret_before, struct sw_err *err)
{
    struct sw_db_space p;
    int rc = sw_db_space(db, &p, err);
    int64_t needed, room;

    if (rc < 0)
        return rc;
    *ret_before = p.disk_bytes;
    needed = (p.pages - p.free_pages) * p.page_bytes;
    needed += needed / 20 + (1 << 20);
    room = sw_dbfile_room(to);
    (void) fprintf(stderr, "%s: needs up to %.1f MB beside it, %.1f MB are free\n", sw_db_path(db),
                   (double) needed / 1e6, (double) room / 1e6);
    if (room < needed)
        return sw_err_set(err, SW_E_FULL, 0, "the disk has too little room; nothing was changed");
    return SW_OK;
}

/* The new file must hold as many rows, and be whole. */
static int compare(struct sw_db *db, const char *path, struct sw_err *err)
{
    struct sw_db *copy = NULL;
    int64_t want = 0, got = 0;
    int rc = sw_dbfile_count_rows(db, &want, err);

    if (rc == SW_OK)
        rc = sw_db_open(path, true, &copy, err);
    if (rc == SW_OK)
        rc = sw_dbfile_is_whole(copy, false, err);
    if (rc == SW_OK)
        rc = sw_dbfile_count_rows(copy, &got, err);
    sw_db_close(copy);
    if (rc == SW_OK && got != want)
        rc = sw_err_set(err, SW_E_CORRUPT, 0, "%s came out with %lld rows of %lld; nothing was changed", sw_db_path(db),
                        (long long) got, (long long) want);
    return rc;
}

static int write_anew(const char *path, const char *partial, int64_t *ret_before, struct sw_err *err)
{
    struct sw_db *db = NULL;
    int rc = sw_db_open(path, false, &db, err);

    if (rc < 0)
        return rc;
    rc = check_room(db, partial, ret_before, err);
    if (rc == SW_OK)
        rc = sw_dbfile_is_whole(db, true, err);
    if (rc == SW_OK && sw_db_checkpoint(db, true, err) != 1)
        rc = sw_err_set(err, SW_E_BUSY, 0, "%s is being read by another program: try again when it has ended", path);
    if (rc == SW_OK)
        rc = sw_db_write_compact(db, partial, err);
    if (rc == SW_OK)
        rc = compare(db, partial, err);
    sw_db_close(db); /* the log goes with it */
    return rc;
}

/* Rights and owner of the new file are the old one's. */
static int take_place(const char *partial, const char *path, struct sw_err *err)
{
    struct stat st;

    if (stat(path, &st) < 0 || chmod(partial, st.st_mode & 07777) < 0 || chown(partial, st.st_uid, st.st_gid) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", partial, strerror(errno));
    if (sw_dbfile_settle(partial, err) < 0)
        return SW_E_IO;
    if (rename(partial, path) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s cannot be named %s: %s", partial, path, strerror(errno));
    return sw_dbfile_settle(path, err);
}

int sw_dbfile_compact(const struct sw_dbfile_options *o)
{
    char partial[SW_DB_FILE_SIZE + 16];
    struct sw_err err = {0};
    struct stat st;
    int64_t before = 0;
    int lock_fd = -1, rc;

    if (stat(o->path, &st) < 0)
        return sw_cli_fail(SW_DB_NAME, "%s: %s", o->path, strerror(errno));
    rc = sw_store_lock(o->path, &lock_fd, &err);
    if (rc == SW_E_BUSY)
        return sw_cli_fail(SW_DB_NAME, "a gateway is using %s: stop it first (systemctl stop sitewardd)", o->path);
    (void) snprintf(partial, sizeof(partial), "%s.partial", o->path);
    if (rc == SW_OK) {
        (void) unlink(partial); /* of a run that was killed */
        rc = write_anew(o->path, partial, &before, &err);
    }
    if (rc == SW_OK)
        rc = take_place(partial, o->path, &err);
    if (rc < 0)
        (void) unlink(partial);
    if (lock_fd >= 0)
        close(lock_fd);
    if (rc < 0)
        return sw_cli_fail(SW_DB_NAME, "%s", err.msg);
    printf("%s: %.2f MB before, %.2f MB now\n", o->path, (double) before / 1e6,
           stat(o->path, &st) == 0 ? (double) st.st_size / 1e6 : 0.0);
    return SW_EXIT_OK;
}
