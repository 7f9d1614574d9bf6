// SPDX-License-Identifier: Apache-2.0
/* Files in memory as a zip and back; the only door to libzip. The same files give the same bytes: fixed times, order
 * and rights. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zip.h>

#include "cli/evidence_export.h"
#include "common/macros.h"
#include "common/timefmt.h"

void sw_export_free(struct sw_export *x)
{
    for (size_t i = 0; i < x->n; i++)
        free(x->file[i].bytes);
    *x = (struct sw_export){0};
}

int sw_export_add(struct sw_export *x, const char *name, char *bytes, size_t len, struct sw_err *err)
{
    if (x->n == SW_EXPORT_FILES_MAX || strlen(name) >= sizeof(x->file[0].name)) {
        free(bytes);
        return sw_err_set(err, SW_E_FULL, 0, "an export holds %d files at most, with names shorter than %zu bytes",
                          SW_EXPORT_FILES_MAX, sizeof(x->file[0].name));
    }
    struct sw_export_file *f = &x->file[x->n++];
    *f = (struct sw_export_file){.bytes = bytes, .len = len};
    (void) snprintf(f->name, sizeof(f->name), "%s", name);
    return SW_OK;
}

const struct sw_export_file *sw_export_find(const struct sw_export *x, const char *name)
{
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->file[i].name, name) == 0)
            return &x->file[i];
    return NULL;
}

/* Of a zip's own clock, which begins in 1980 and has no zone: UTC. */
static void dos_time(int64_t us, zip_uint16_t *ret_time, zip_uint16_t *ret_date)
{
    struct sw_zone utc;
    struct sw_civil c;

    sw_zone_init_utc(&utc);
    sw_civil_from_utc(&utc, us, &c);
    c.year = SW_MIN(SW_MAX(c.year, 1980), 2107);
    *ret_time = (zip_uint16_t) (c.hour << 11 | c.minute << 5 | c.second / 2);
    *ret_date = (zip_uint16_t) ((c.year - 1980) << 9 | c.month << 5 | c.day);
}

static int add_to_zip(zip_t *z, const struct sw_export_file *f, int64_t time_us)
{
    zip_source_t *source = zip_source_buffer(z, f->bytes, f->len, 0);
    zip_uint16_t time, date;
    zip_int64_t at;

    if (!source)
        return -1;
    at = zip_file_add(z, f->name, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        zip_source_free(source);
        return -1;
    }
    dos_time(time_us, &time, &date);
    return zip_file_set_dostime(z, (zip_uint64_t) at, time, date, 0) < 0 ||
                   zip_file_set_external_attributes(z, (zip_uint64_t) at, 0, ZIP_OPSYS_UNIX, 0100644u << 16) < 0 ||
                   zip_set_file_compression(z, (zip_uint64_t) at, ZIP_CM_DEFLATE, 9) < 0
               ? -1
               : 0;
}

int sw_export_write_zip(const struct sw_export *x, const char *path, struct sw_err *err)
{
    int code = 0, rc = SW_OK;
    zip_error_t fault;
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);

    if (!z) {
        zip_error_init_with_code(&fault, code);
        rc = sw_err_set(err, SW_E_IO, code, "%s: %s", path, zip_error_strerror(&fault));
        zip_error_fini(&fault);
        return rc;
    }
    for (size_t i = 0; i < x->n && rc == SW_OK; i++)
        if (add_to_zip(z, &x->file[i], x->time_us) < 0)
            rc = sw_err_set(err, SW_E_IO, 0, "%s: %s: %s", path, x->file[i].name, zip_strerror(z));
    if (rc == SW_OK && zip_close(z) < 0)
        rc = sw_err_set(err, SW_E_IO, 0, "%s: %s", path, zip_strerror(z));
    else if (rc == SW_OK)
        return SW_OK;
    zip_discard(z);
    return rc;
}

static int read_entry(zip_t *z, zip_uint64_t at, struct sw_export *x, struct sw_err *err)
{
    zip_stat_t st;
    zip_file_t *f = NULL;
    char *bytes = NULL;
    int rc = SW_OK;

    if (zip_stat_index(z, at, 0, &st) < 0 || !(st.valid & ZIP_STAT_NAME) || !(st.valid & ZIP_STAT_SIZE))
        return sw_err_set(err, SW_E_CORRUPT, 0, "file %llu of it has no name or size", (unsigned long long) at);
    if (st.size > SW_EXPORT_FILE_BYTES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "%.80s is larger than %u bytes", st.name, SW_EXPORT_FILE_BYTES_MAX);
    if (sw_export_find(x, st.name))
        return sw_err_set(err, SW_E_CORRUPT, 0, "%.80s is in it twice", st.name);
    bytes = malloc((size_t) st.size + 1);
    if (!bytes)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %.80s", st.name);
    f = zip_fopen_index(z, at, 0);
    if (!f || zip_fread(f, bytes, st.size + 1) != (zip_int64_t) st.size)
        rc = sw_err_set(err, SW_E_CORRUPT, 0, "%.80s cannot be unpacked", st.name);
    if (f)
        zip_fclose(f);
    if (rc < 0) {
        free(bytes);
        return rc;
    }
    bytes[st.size] = '\0';
    return sw_export_add(x, st.name, bytes, (size_t) st.size, err);
}

int sw_export_read_zip(const char *path, struct sw_export *ret, struct sw_err *err)
{
    int code = 0, rc = SW_OK;
    zip_error_t fault;
    zip_t *z = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);

    if (!z) {
        zip_error_init_with_code(&fault, code);
        rc = sw_err_set(err, SW_E_CORRUPT, code, "%s: %s", path, zip_error_strerror(&fault));
        zip_error_fini(&fault);
        return rc;
    }
    *ret = (struct sw_export){0};
    for (zip_int64_t i = 0; i < zip_get_num_entries(z, 0) && rc == SW_OK; i++)
        rc = read_entry(z, (zip_uint64_t) i, ret, err);
    zip_discard(z);
    if (rc < 0) {
        sw_err_prefix(err, "%s", path);
        sw_export_free(ret);
    }
    return rc;
}
