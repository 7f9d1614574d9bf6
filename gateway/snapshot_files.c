// SPDX-License-Identifier: Apache-2.0
/* A picture is written to a temporary name, made durable, renamed, and the folder made durable: under its own name
 * there are only whole pictures. Beyond the ceiling go first files that no row knows of (a run that was killed between
 * file and row), then the oldest, those of open tickets last. */
#include "gateway/snapshot_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ident.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/worker.h"

#define JOBS_MAX 32
#define RESULTS_MAX 512
#define GONE_MAX 256       /* pictures removed in one go */
#define STRANGER_AGE_S 600 /* a file without a row that is younger may get one yet */
#define BEAT_US SW_US_PER_S
#define PATH_MAX_ (SW_PATH_SIZE + 96)

static const struct {
    const char *type, *ending;
} endings[] = {{"image/jpeg", "jpg"}, {"image/png", "png"}, {"image/webp", "webp"}};

struct job {
    uint32_t tag;
    unsigned char *bytes;
    size_t len;
    const char *ending;
};

struct sw_media_files {
    char folder[SW_PATH_SIZE + 8];
    struct sw_store *store;
    int64_t max_bytes;
    struct sw_mailbox *jobs, *results;
    struct sw_worker *worker;
    int64_t bytes; /* of all files; worker thread */
};

/* ---- names ---- */

static bool is_hash(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static void folder_of(const char *media, const char *sha256, char *buf)
{
    (void) snprintf(buf, PATH_MAX_, "%s/%.2s", media, sha256);
}

static void path_of(const char *media, const char *sha256, const char *ending, char *buf)
{
    (void) snprintf(buf, PATH_MAX_, "%s/%.2s/%s.%s", media, sha256, sha256, ending);
}

int sw_media_files_open(const char *data_dir, const char *sha256, int64_t *ret_bytes, const char **ret_type)
{
    char media[SW_PATH_SIZE + 8], path[PATH_MAX_];

    if (!is_hash(sha256))
        return SW_E_INVAL;
    (void) snprintf(media, sizeof(media), "%s/media", data_dir);
    for (size_t i = 0; i < SW_ARRAY_SIZE(endings); i++) {
        struct stat st;
        int fd;

        path_of(media, sha256, endings[i].ending, path);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
            *ret_bytes = st.st_size;
            *ret_type = endings[i].type;
            return fd;
        }
        (void) close(fd);
    }
    return SW_E_NOTFOUND;
}

/* ---- writing ---- */

static bool sync_folder(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void) close(fd);
    return ok;
}

static bool make_folder(const char *path, const char *parent)
{
    if (mkdir(path, 0750) == 0)
        return sync_folder(parent);
    return errno == EEXIST;
}

static bool write_all(int fd, const unsigned char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            bytes += put;
            len -= (size_t) put;
        }
    }
    return true;
}

/* @return 0 or an errno; nothing is left behind then */
static int write_file(const char *path, const struct job *j)
{
    char tmp[PATH_MAX_ + 8];
    int fd, saved = 0;

    (void) snprintf(tmp, sizeof(tmp), "%s.tmp", path);
    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return errno;
    if (!write_all(fd, j->bytes, j->len) || fsync(fd) != 0)
        saved = errno;
    if (close(fd) != 0 && saved == 0)
        saved = errno;
    if (saved == 0 && rename(tmp, path) != 0)
        saved = errno;
    if (saved != 0)
        (void) unlink(tmp);
    return saved;
}

static int keep(struct sw_media_files *f, const struct job *j, const char *sha256)
{
    char path[PATH_MAX_], folder[PATH_MAX_];
    struct stat st;
    int rc;

    path_of(f->folder, sha256, j->ending, path);
    if (stat(path, &st) == 0 && st.st_size == (off_t) j->len)
        return 0; /* the very same picture is there */
    folder_of(f->folder, sha256, folder);
    if (!make_folder(folder, f->folder))
        return errno;
    rc = write_file(path, j);
    if (rc == 0 && !sync_folder(folder))
        rc = errno;
    if (rc == 0)
        f->bytes += (int64_t) j->len;
    return rc;
}

static void do_job(struct sw_media_files *f, struct job *j)
{
    struct sw_media_done done = {.kind = SW_MEDIA_KEPT, .tag = j->tag};
    int rc;

    sw_sha256_hex(j->bytes, j->len, done.sha256);
    rc = keep(f, j, done.sha256);
    if (rc != 0) {
        done.kind = SW_MEDIA_FAILED;
        (void) snprintf(done.error, sizeof(done.error), "the picture cannot be stored: %s", strerror(rc));
    }
    free(j->bytes);
    (void) sw_mailbox_post(f->results, &done, 1, true);
}

/* ---- room ---- */

typedef void (*file_fn)(void *ctx, const char *path, const char *name, const struct stat *st);

static void walk_folder(const char *folder, file_fn fn, void *ctx)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        char path[PATH_MAX_ + 256];
        struct stat st;

        (void) snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            fn(ctx, path, e->d_name, &st);
    }
    if (dir != NULL)
        (void) closedir(dir);
}

static void walk_files(const struct sw_media_files *f, file_fn fn, void *ctx)
{
    for (int i = 0; i < 256; i++) {
        char folder[PATH_MAX_];

        (void) snprintf(folder, sizeof(folder), "%s/%02x", f->folder, (unsigned) i);
        walk_folder(folder, fn, ctx);
    }
}

/* At the start: what a run that was killed left half written goes, the rest is counted. */
static void count_file(void *ctx, const char *path, const char *name, const struct stat *st)
{
    struct sw_media_files *f = ctx;
    const size_t len = strlen(name);

    if (len > 4 && strcmp(name + len - 4, ".tmp") == 0)
        (void) unlink(path);
    else
        f->bytes += st->st_size;
}

struct known {
    char (*sha256)[SW_SHA256_SIZE];
    size_t n, cap;
};

static int note_known(void *ctx, const char *sha256, int64_t bytes)
{
    struct known *k = ctx;

    (void) bytes;
    if (k->n == k->cap) {
        const size_t cap = k->cap > 0 ? 2 * k->cap : 1024;
        void *grown = realloc(k->sha256, cap * sizeof(*k->sha256));

        if (grown == NULL)
            return SW_E_NOMEM;
        k->sha256 = grown;
        k->cap = cap;
    }
    (void) snprintf(k->sha256[k->n++], sizeof(*k->sha256), "%.64s", sha256);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

struct strangers {
    struct sw_media_files *files;
    const struct known *known;
    time_t before;
};

static void remove_stranger(void *ctx, const char *path, const char *name, const struct stat *st)
{
    const struct strangers *s = ctx;
    char sha256[SW_SHA256_SIZE];

    (void) snprintf(sha256, sizeof(sha256), "%.64s", name);
    if (st->st_mtime >= s->before ||
        bsearch(sha256, s->known->sha256, s->known->n, sizeof(*s->known->sha256), by_text) != NULL)
        return;
    if (unlink(path) == 0)
        s->files->bytes -= st->st_size;
}

static void remove_strangers(struct sw_media_files *f)
{
    struct known known = {0};
    struct sw_err err = {0};

    if (sw_store_oldest_media(f->store, note_known, &known, &err) == SW_OK && known.n > 0) {
        const struct strangers s = {.files = f, .known = &known, .before = time(NULL) - STRANGER_AGE_S};

        qsort(known.sha256, known.n, sizeof(*known.sha256), by_text);
        walk_files(f, remove_stranger, (void *) (uintptr_t) &s);
    }
    free(known.sha256);
}

struct shedding {
    struct sw_media_files *files;
    int64_t target;
    int n;
};

static int shed_one(void *ctx, const char *sha256, int64_t bytes)
{
    struct shedding *s = ctx;
    struct sw_media_done done = {.kind = SW_MEDIA_GONE};
    char path[PATH_MAX_];

    if (s->files->bytes <= s->target || s->n++ >= GONE_MAX)
        return 1;
    if (!is_hash(sha256))
        return 0;
    for (size_t i = 0; i < SW_ARRAY_SIZE(endings); i++) {
        path_of(s->files->folder, sha256, endings[i].ending, path);
        if (unlink(path) == 0)
            s->files->bytes -= bytes;
    }
    memcpy(done.sha256, sha256, sizeof(done.sha256)); /* also when a run before had removed the file, and died */
    (void) sw_mailbox_post(s->files->results, &done, 1, false);
    return 0;
}

static void make_room(struct sw_media_files *f)
{
    struct shedding s = {.files = f, .target = f->max_bytes - f->max_bytes / 20};
    struct sw_err err = {0};

    if (f->bytes <= f->max_bytes)
        return;
    remove_strangers(f);
    if (f->bytes > f->max_bytes && sw_store_oldest_media(f->store, shed_one, &s, &err) < 0)
        sw_log(SW_LOG_WARNING, "old pictures cannot be found: %s", err.msg);
}

/* ---- the worker ---- */

static void work(struct sw_worker *self, void *ctx)
{
    struct sw_media_files *f = ctx;
    struct job j;

    (void) mkdir(f->folder, 0750);
    walk_files(f, count_file, f);
    for (;;) {
        sw_worker_beat(self);
        if (sw_mailbox_take(f->jobs, &j, 1)) {
            do_job(f, &j);
            make_room(f);
        } else if (sw_worker_should_stop(self)) {
            return;
        } else {
            (void) sw_mailbox_wait(f->jobs, BEAT_US);
        }
    }
}

int sw_media_files_new(const char *data_dir, struct sw_store *store, int64_t max_bytes, struct sw_media_files **ret,
                       struct sw_err *err)
{
    struct sw_media_files *f = calloc(1, sizeof(*f));
    int rc;

    if (f == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "pictures: out of memory");
    (void) snprintf(f->folder, sizeof(f->folder), "%s/media", data_dir);
    f->store = store;
    f->max_bytes = max_bytes;
    rc = sw_mailbox_new(JOBS_MAX, 0, sizeof(struct job), &f->jobs, err);
    if (rc == SW_OK) /* a reserve: what is said of a picture must not be lost to what is said of old ones */
        rc = sw_mailbox_new(RESULTS_MAX, JOBS_MAX * 2, sizeof(struct sw_media_done), &f->results, err);
    if (rc == SW_OK)
        rc = sw_worker_start("media", work, f, 0, &f->worker, err);
    if (rc < 0)
        sw_media_files_free(f);
    else
        *ret = f;
    return rc;
}

void sw_media_files_stop(struct sw_media_files *f)
{
    if (f != NULL)
        f->worker = sw_worker_stop(f->worker);
}

struct sw_media_files *sw_media_files_free(struct sw_media_files *f)
{
    struct job j;

    if (f == NULL)
        return NULL;
    sw_media_files_stop(f);
    while (f->jobs != NULL && sw_mailbox_take(f->jobs, &j, 1))
        free(j.bytes);
    sw_mailbox_free(f->jobs);
    sw_mailbox_free(f->results);
    free(f);
    return NULL;
}

bool sw_media_files_put(struct sw_media_files *f, uint32_t tag, unsigned char *bytes, size_t len, const char *type)
{
    struct job j = {.tag = tag, .bytes = bytes, .len = len, .ending = endings[0].ending};

    for (size_t i = 0; i < SW_ARRAY_SIZE(endings); i++)
        if (strcmp(type, endings[i].type) == 0)
            j.ending = endings[i].ending;
    if (sw_mailbox_post(f->jobs, &j, 1, false))
        return true;
    free(bytes);
    return false;
}

struct sw_mailbox *sw_media_files_results(struct sw_media_files *f)
{
    return f->results;
}
