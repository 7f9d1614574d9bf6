// SPDX-License-Identifier: Apache-2.0
/* Readings and pictures of an export: readings in the format of a replay, with what their leaves are made of in columns
 * of their own; pictures that are still there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/evidence_export_int.h"
#include "common/macros.h"
#include "common/quantity.h"
#include "common/timefmt.h"
#include "gateway/block_pieces.h"
#include "gateway/snapshot_files.h"
#include "io/jcs.h"

#define PICTURE_BYTES_MAX (32u << 20)

/* ---- readings ---- */

struct row {
    struct sw_block_item item;
    char sensor[SW_ID_SIZE];
};
struct rows {
    struct row *row;
    size_t n, cap;
};

static int by_minute(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *) left, b = *(const int64_t *) right;

    return (a > b) - (a < b);
}

static bool is_wanted(const struct collect *c, int64_t arrival_us)
{
    const int64_t minute = sw_block_minute(arrival_us);

    return bsearch(&minute, c->minute, c->n_minutes, sizeof(*c->minute), by_minute) != NULL;
}

static int take_block(const struct collect *c, struct rows *v, struct sw_db_stmt *st, struct sw_err *err)
{
    struct sw_block_cursor cursor;
    size_t len;
    const void *body = sw_db_blob(st, 2, &len);
    int rc = sw_block_open(&cursor, body, len, 0, (uint8_t) sw_db_int(st, 1), err);

    while (rc >= 0) {
        struct sw_block_item item;

        if ((rc = sw_block_next(&cursor, &item, err)) != 1)
            break;
        if (!is_wanted(c, item.arrival_us))
            continue;
        if (v->n == v->cap) {
            const size_t cap = v->cap ? 2 * v->cap : 1024;
            struct row *grown = realloc(v->row, cap * sizeof(*grown));

            if (!grown)
                return export_no_memory(err);
            v->row = grown;
            v->cap = cap;
        }
        v->row[v->n].item = item;
        (void) snprintf(v->row[v->n++].sensor, SW_ID_SIZE, "%s", sw_db_text(st, 0, NULL));
    }
    return rc;
}

static int by_time(const void *left, const void *right)
{
    const struct sw_block_item *a = &((const struct row *) left)->item, *b = &((const struct row *) right)->item;

    if (a->r.t_utc_us != b->r.t_utc_us)
        return a->r.t_utc_us < b->r.t_utc_us ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void put_row(const struct row *v, FILE *to)
{
    const struct sw_reading *r = &v->item.r;
    char ts[SW_RFC3339_SIZE], value[48] = "";

    sw_time_format(NULL, r->t_utc_us, ts);
    if (r->value == r->value) /* no NaN */
        sw_jcs_number(r->value, value);
    fprintf(to, "%s,%s,%s,%s%s,%c,%" PRIu64 ",%" PRId64 ",%d,%d\n", ts, v->sensor,
            sw_quantity_info((enum sw_quantity) r->quantity)->name, r->value == 0 && 1 / r->value < 0 ? "-" : "", value,
            r->flag, v->item.number, r->t_mono_us, v->item.is_late, r->time_quality != SW_TIME_SYNCED);
}

int export_readings(struct collect *c, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    struct rows v = {0};
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    int rc;

    if (!f)
        return export_no_memory(err);
    rc = sw_db_prepare(c->db,
                       "SELECT s.id, b.quantity, b.body FROM block b JOIN sensor s ON s.num = b.sensor"
                       " WHERE b.id >= ?1 << 24 AND b.id < (?2 + 1) << 24",
                       &st, err);
    if (c->n_minutes)
        qsort(c->minute, c->n_minutes, sizeof(*c->minute), by_minute);
    for (size_t i = 0, end; i < c->n_minutes && rc >= 0; i = end) { /* an hour at once: blocks may go on in it */
        const int64_t hour = sw_block_hour_begin(c->minute[i]);

        for (end = i + 1; end < c->n_minutes && sw_block_hour_begin(c->minute[end]) == hour; end++)
            ;
        sw_db_bind_int(st, 1, hour);
        sw_db_bind_int(st, 2, c->minute[end - 1]);
        while ((rc = sw_db_step(st, err)) == 1 && (rc = take_block(c, &v, st, err)) >= 0)
            ;
        sw_db_reset(st);
    }
    sw_db_finalize(st);
    if (v.n)
        qsort(v.row, v.n, sizeof(*v.row), by_time);
    fputs(SW_EXPORT_READINGS_HEAD, f);
    for (size_t i = 0; i < v.n && rc >= 0; i++)
        put_row(&v.row[i], f);
    free(v.row);
    return export_close(c, f, SW_EXPORT_READINGS, &text, &len, rc, err);
}

/* ---- pictures ---- */

static FILE *open_picture(const char *folder, const char *sha256, char *ret_name, size_t cap)
{
    const char *type = NULL;
    int64_t bytes;
    const int fd = sw_media_files_open(folder, sha256, &bytes, &type);
    FILE *f;

    if (fd < 0)
        return NULL;
    (void) snprintf(ret_name, cap, "media/%s.%s", sha256, strcmp(type, "image/jpeg") == 0 ? "jpg" : type + 6);
    f = fdopen(fd, "r");
    if (!f)
        (void) close(fd);
    return f;
}

static int add_picture(struct collect *c, FILE *f, const char *name, struct sw_err *err)
{
    char *bytes = malloc(PICTURE_BYTES_MAX);
    const size_t len = bytes ? fread(bytes, 1, PICTURE_BYTES_MAX, f) : 0;
    const int rc = bytes ? sw_export_add(c->x, name, bytes, len, err) : export_no_memory(err);

    if (rc == SW_OK)
        c->media[c->n_media++] = c->x->file[c->x->n - 1].name;
    return rc;
}

/* A picture that retention took since is not in the export; its hash still stands in the ticket. */
int export_pictures(struct collect *c, struct sw_err *err)
{
    const json_t *evidence = json_object_get(c->ticket, "evidence"), *one;
    size_t i;
    int rc = SW_OK;

    json_array_foreach(evidence, i, one)
    {
        const char *sha256 = json_string_value(json_object_get(one, "sha256"));
        char name[96];
        sw_hash hash;
        FILE *f;

        if (!c->ask->folder || !sha256 || !sw_hash_parse(sha256, hash) || c->n_media == EXPORT_MEDIA_MAX)
            continue;
        f = open_picture(c->ask->folder, sha256, name, sizeof(name));
        if (!f)
            continue;
        if (!sw_export_find(c->x, name))
            rc = add_picture(c, f, name, err);
        (void) fclose(f);
        if (rc < 0)
            return rc;
    }
    return rc;
}
