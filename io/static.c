// SPDX-License-Identifier: Apache-2.0
/* Reads the folder of a built page and looks paths up in what was read. */
#include "io/static.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/macros.h"

#define DEPTH_MAX 4
#define GZIP_WINDOW (15 + 16) /* zlib: with the head of a gzip file */

struct file {
    char path[SW_STATIC_PATH_SIZE]; /* as asked for: "/assets/x.js", "/" */
    const char *content_type;
    bool is_for_ever; /* its name changes with its content */
    char etag[24], gzip_etag[24];
    unsigned char *data, *gzip; /* gzip: NULL = it would not become smaller */
    size_t len, gzip_len;
};

struct sw_static {
    struct file *files; /* by path */
    size_t n, bytes;
};

static const struct kind {
    const char *ending, *content_type;
    bool is_text; /* worth packing */
} kinds[] = {
    {".html", "text/html; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".svg", "image/svg+xml", true},
    {".json", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".png", "image/png", false},
    {".ico", "image/x-icon", false},
};

static const struct kind *kind_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < SW_ARRAY_SIZE(kinds); i++)
        if (strcmp(dot, kinds[i].ending) == 0)
            return &kinds[i];
    return NULL;
}

struct sw_static *sw_static_free(struct sw_static *s)
{
    for (size_t i = 0; s && i < s->n; i++) {
        free(s->files[i].data);
        free(s->files[i].gzip);
    }
    if (s)
        free(s->files);
    free(s);
    return NULL;
}

size_t sw_static_count(const struct sw_static *s)
{
    return s->n;
}

/* ---- reading ---- */

/* Both forms are different bytes, so they have different tags. */
static void make_tags(struct file *f)
{
    unsigned char hash[crypto_generichash_BYTES];
    char hex[19];

    crypto_generichash(hash, sizeof(hash), f->data, f->len, NULL, 0);
    sodium_bin2hex(hex, sizeof(hex), hash, 9);
    snprintf(f->etag, sizeof(f->etag), "\"%.18s\"", hex);
    snprintf(f->gzip_etag, sizeof(f->gzip_etag), "\"%.18s-z\"", hex);
}

/* Packed once, as small as it goes. Kept when that saves a tenth. */
static int pack(struct file *f)
{
    z_stream z = {0};
    int rc;

    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return SW_E_NOMEM;
    f->gzip_len = deflateBound(&z, (uLong) f->len);
    f->gzip = malloc(f->gzip_len);
    z.next_in = f->data;
    z.avail_in = (uInt) f->len;
    z.next_out = f->gzip;
    z.avail_out = (uInt) f->gzip_len;
    rc = f->gzip ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
    f->gzip_len = (size_t) z.total_out;
    deflateEnd(&z);
    if (rc == Z_STREAM_END && f->gzip_len < f->len - f->len / 10) {
        unsigned char *less = realloc(f->gzip, f->gzip_len);

        f->gzip = less ? less : f->gzip;
        return SW_OK;
    }
    free(f->gzip);
    f->gzip = NULL;
    return rc == Z_MEM_ERROR ? SW_E_NOMEM : SW_OK;
}

/* "desk/index.html" is asked for as "/desk/". */
static bool make_path(struct file *f, const char *below, const char *name)
{
    const bool is_index = strcmp(name, "index.html") == 0;
    const int n = snprintf(f->path, sizeof(f->path), "%s/%s", below, is_index ? "" : name);

    f->is_for_ever = strstr(f->path, "/assets/") != NULL;
    return n > 0 && (size_t) n < sizeof(f->path);
}

static int read_whole(int fd, struct file *f, const char *name, struct sw_err *err)
{
    size_t at = 0;
    ssize_t n = 0;

    f->data = malloc(f->len + 1);
    if (!f->data)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", name);
    while (at < f->len && (n = read(fd, f->data + at, f->len - at)) > 0)
        at += (size_t) n;
    if (at < f->len)
        return sw_err_set(err, SW_E_IO, n < 0 ? errno : 0, "%s: %s", name,
                          n < 0 ? strerror(errno) : "became shorter while it was read");
    return SW_OK;
}

static int take_file(struct sw_static *s, int dir, const char *below, const char *name, const struct stat *st,
                     struct sw_err *err)
{
    const struct kind *kind = kind_of(name);
    struct file *f = &s->files[s->n];
    int fd, rc;

    if (!kind)
        return SW_OK;
    if (s->n == SW_STATIC_FILES_MAX || (size_t) st->st_size > SW_STATIC_BYTES_MAX - s->bytes)
        return sw_err_set(err, SW_E_FULL, 0, "%s: a page has at most %d files of %d bytes together", name,
                          SW_STATIC_FILES_MAX, SW_STATIC_BYTES_MAX);
    if (!make_path(f, below, name))
        return sw_err_set(err, SW_E_FULL, 0, "%s: a path has less than %d bytes", name, SW_STATIC_PATH_SIZE);
    fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", name, strerror(errno));
    f->content_type = kind->content_type;
    f->len = (size_t) st->st_size;
    s->n++; /* what it has by now is freed with the rest */
    rc = read_whole(fd, f, name, err);
    close(fd);
    if (rc < 0)
        return rc;
    s->bytes += f->len;
    make_tags(f);
    return kind->is_text && pack(f) < 0 ? sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", name) : SW_OK;
}

static int take_folder(struct sw_static *s, int fd, const char *below, int depth, struct sw_err *err);

static int take_entry(struct sw_static *s, int dir, const char *below, const char *name, int depth, struct sw_err *err)
{
    char path[SW_STATIC_PATH_SIZE];
    struct stat st;
    int fd, n;

    if (name[0] == '.' || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return SW_OK;
    if (S_ISREG(st.st_mode))
        return take_file(s, dir, below, name, &st, err);
    if (!S_ISDIR(st.st_mode))
        return SW_OK;
    n = snprintf(path, sizeof(path), "%s/%s", below, name);
    if (depth == 0 || n < 0 || (size_t) n >= sizeof(path))
        return sw_err_set(err, SW_E_FULL, 0, "%s: folders in folders in folders …", name);
    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", name, strerror(errno));
    return take_folder(s, fd, path, depth - 1, err);
}

/* Takes the descriptor. */
static int take_folder(struct sw_static *s, int fd, const char *below, int depth, struct sw_err *err)
{
    DIR *dir = fdopendir(fd);
    int rc = SW_OK;

    if (!dir) {
        close(fd);
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", below, strerror(errno));
    }
    for (struct dirent *e; rc == SW_OK && (e = readdir(dir));)
        rc = take_entry(s, dirfd(dir), below, e->d_name, depth, err);
    closedir(dir);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *) a)->path, ((const struct file *) b)->path);
}

static const struct file *find(const struct sw_static *s, const char *path)
{
    struct file key;

    if (strlen(path) >= sizeof(key.path))
        return NULL;
    strcpy(key.path, path);
    return bsearch(&key, s->files, s->n, sizeof(*s->files), by_path);
}

int sw_static_new(const char *folder, struct sw_static **ret, struct sw_err *err)
{
    struct sw_static *s = calloc(1, sizeof(*s));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (s)
        s->files = calloc(SW_STATIC_FILES_MAX, sizeof(*s->files));
    if (!s || !s->files)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", folder);
    else if (fd < 0)
        rc = sw_err_set(err, SW_E_NOTFOUND, errno, "%s: %s", folder, strerror(errno));
    else {
        rc = take_folder(s, fd, "", DEPTH_MAX, err);
        fd = -1;
    }
    if (rc == SW_OK) {
        qsort(s->files, s->n, sizeof(*s->files), by_path);
        if (!find(s, "/"))
            rc = sw_err_set(err, SW_E_NOTFOUND, 0, "%s has no index.html", folder);
    }
    if (fd >= 0)
        close(fd);
    if (rc < 0) {
        sw_static_free(s);
        return rc;
    }
    *ret = s;
    return SW_OK;
}

/* ---- answering ---- */

/* "/desk/index.html" is "/desk/": people type it. */
static const struct file *find_page(const struct sw_static *s, const char *path)
{
    static const char index[] = "/index.html";
    const size_t len = strlen(path), tail = sizeof(index) - 1;
    char folder[SW_STATIC_PATH_SIZE];

    if (len < tail || len >= sizeof(folder) || strcmp(path + len - tail, index) != 0)
        return find(s, path);
    (void) snprintf(folder, sizeof(folder), "%.*s/", (int) (len - tail), path);
    return find(s, folder);
}

bool sw_static_answer(const struct sw_static *s, const struct sw_http_request *rq, const char *path,
                      struct sw_http_response *rs)
{
    const struct file *f = find_page(s, path);
    bool is_packed;

    if (!f)
        return false;
    if (strcmp(rq->method, "GET") != 0) {
        sw_http_problem(rs, 405, "%.100s can only be read", path);
        rs->allow = "GET, HEAD";
        return true;
    }
    is_packed = f->gzip && sw_http_takes_gzip(rq);
    strcpy(rs->etag, is_packed ? f->gzip_etag : f->etag);
    sw_http_set_header(rs, "Cache-Control", f->is_for_ever ? "public, max-age=31536000, immutable" : "no-cache");
    if (f->gzip)
        sw_http_set_header(rs, "Vary", "Accept-Encoding");
    if (sw_http_has_tag(rq, rs->etag))
        rs->status = 304; /* the body is not sent, and its length told all the same */
    if (is_packed)
        sw_http_set_header(rs, "Content-Encoding", "gzip");
    sw_http_send_constant(rs, is_packed ? f->gzip : f->data, is_packed ? f->gzip_len : f->len, f->content_type);
    return true;
}
