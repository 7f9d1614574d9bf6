// SPDX-License-Identifier: Apache-2.0
/* Makes and removes the folder of a simulated run. What runs in it is cmd_sim.c's business. */
#include "cli/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "common/timefmt.h"

#define INSTALLED_SHARE "/usr/share/siteward"
#define CONTROL_SOCKET "/run/ctl.sock" /* below the folder; must fit into a socket address */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Folder of all scenarios: $SITEWARD_SHARE, the source tree this was built from, or where packages put them. */
static void scenarios_folder(char *buf, size_t cap)
{
    const char *env = getenv("SITEWARD_SHARE");
    if (env && env[0])
        snprintf(buf, cap, "%s/scenarios", env);
    else if (is_folder(SW_SOURCE_SHARE "/config/scenarios"))
        snprintf(buf, cap, "%s", SW_SOURCE_SHARE "/config/scenarios");
    else
        snprintf(buf, cap, "%s", INSTALLED_SHARE "/scenarios");
}

/* "night-pour, quiet-day": what can be asked for. */
static void list_scenarios(const char *folder, char *buf, size_t cap)
{
    struct dirent **list;
    int n = scandir(folder, &list, NULL, alphasort);
    size_t len = 0;
    buf[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.' && len + strlen(list[i]->d_name) + 3 < cap)
            len += (size_t) snprintf(buf + len, cap - len, "%s%s", len ? ", " : "", list[i]->d_name);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

static int find_scenario(const char *name, char *buf, size_t cap, struct sw_err *err)
{
    char folder[SW_PATH_SIZE], known[160];
    scenarios_folder(folder, sizeof(folder));
    if (name[0] && !strchr(name, '/') && name[0] != '.' && (size_t) snprintf(buf, cap, "%s/%s", folder, name) < cap &&
        is_folder(buf))
        return SW_OK;
    list_scenarios(folder, known, sizeof(known));
    return sw_err_set(err, SW_E_NOTFOUND, 0, "no scenario '%.60s' in %s; there are: %s", name, folder,
                      known[0] ? known : "none");
}

static int copy_file(const char *from, const char *to, struct sw_err *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    struct stat st;
    int r = SW_OK;
    if (in < 0 || out < 0 || fstat(in, &st) < 0)
        r = sw_err_set(err, SW_E_IO, errno, "%s: %s", in < 0 ? from : to, strerror(errno));
    for (off_t left = r < 0 ? 0 : st.st_size; left > 0;) {
        ssize_t n = sendfile(out, in, NULL, (size_t) left);
        if (n <= 0) {
            r = sw_err_set(err, SW_E_IO, errno, "%s: %s", to, n < 0 ? strerror(errno) : "the file became shorter");
            break;
        }
        left -= n;
    }
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) < 0 && r >= 0)
        r = sw_err_set(err, SW_E_IO, errno, "%s: %s", to, strerror(errno));
    return r;
}

/* The regular files of one folder into another. */
static int copy_folder(const char *from, const char *to, struct sw_err *err)
{
    DIR *dir = opendir(from);
    int r = SW_OK;
    if (!dir)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", from, strerror(errno));
    for (struct dirent *e; r >= 0 && (e = readdir(dir));) {
        char source[SW_PATH_SIZE + 400], target[SW_PATH_SIZE + 400]; /* a name has up to 255 bytes */
        struct stat st;
        snprintf(source, sizeof(source), "%s/%s", from, e->d_name);
        snprintf(target, sizeof(target), "%s/%s", to, e->d_name);
        if (stat(source, &st) == 0 && S_ISREG(st.st_mode))
            r = copy_file(source, target, err);
    }
    closedir(dir);
    return r;
}

static int make_dir(const char *path, mode_t mode, struct sw_err *err)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    return SW_OK;
}

static bool is_empty(const char *path)
{
    struct dirent **list;
    int n = scandir(path, &list, NULL, NULL);
    for (int i = 0; i < n; i++)
        free(list[i]);
    if (n >= 0)
        free(list);
    return n == 2; /* . and .. */
}

/* Make or take the folder, and its absolute path. */
static int open_folder(struct sw_run_folder *f, const char *dir, struct sw_err *err)
{
    char made[SW_PATH_SIZE];
    const char *tmp = getenv("TMPDIR");
    char *absolute;
    if (dir) {
        int r = make_dir(dir, 0755, err);
        if (r < 0)
            return r;
        if (!is_empty(dir))
            return sw_err_set(err, SW_E_CONFLICT, 0, "%s is not an empty folder: name one that is empty or not there",
                              dir);
    } else {
        snprintf(made, sizeof(made), "%s/siteward-sim-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
        if (!mkdtemp(made))
            return sw_err_set(err, SW_E_IO, errno, "%s: %s", made, strerror(errno));
        f->is_ours = true;
        dir = made;
    }
    absolute = realpath(dir, NULL);
    if (!absolute)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", dir, strerror(errno));
    size_t len = strlen(absolute);
    if (len < sizeof(f->path))
        memcpy(f->path, absolute, len + 1);
    free(absolute);
    if (len + sizeof(CONTROL_SOCKET) > sizeof(((struct sockaddr_un *) 0)->sun_path))
        return sw_err_set(err, SW_E_INVAL, 0, "%s is too long for a socket in it: take a shorter --dir", dir);
    if (strpbrk(f->path, "\"\\\n\t"))
        return sw_err_set(err, SW_E_INVAL, 0, "a quote, backslash or control character stands in %s", f->path);
    return SW_OK;
}

/* Files that stand in for input lines, where a scenario has some. */
static int copy_lines(const char *from, const char *to, struct sw_err *err)
{
    char source[SW_PATH_SIZE + 80], target[SW_PATH_SIZE + 32];
    int r;
    snprintf(source, sizeof(source), "%s/lines", from);
    snprintf(target, sizeof(target), "%s/lines", to);
    if (!is_folder(source))
        return SW_OK;
    r = make_dir(target, 0755, err);
    return r < 0 ? r : copy_folder(source, target, err);
}

static int write_layer(const struct sw_run_folder *f, const char *broker, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];
    snprintf(path, sizeof(path), "%s/conf.d", f->path);
    int r = make_dir(path, 0755, err);
    if (r < 0)
        return r;
    snprintf(path, sizeof(path), "%s/conf.d/90-sim.yaml", f->path);
    FILE *to = fopen(path, "wxe");
    if (!to)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    fprintf(to, "# Written by `siteward sim`: everything of this run stays in its folder.\n");
    fprintf(to, "gateway: {data: \"%s/data\", runtime: \"%s/run\"}\n", f->path, f->path);
    if (broker)
        fprintf(to, "platform: {url: \"%s\"}\n", broker);
    if (fclose(to) != 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    return SW_OK;
}

static int read_epoch(struct sw_run_folder *f, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];
    json_error_t fault;
    snprintf(path, sizeof(path), "%s/scenario.json", f->path);
    json_t *root = json_load_file(path, 0, &fault);
    const char *epoch = json_string_value(json_object_get(root, "epoch"));
    int r;
    if (!root)
        r = sw_err_set(err, SW_E_INVAL, 0, "%s:%d:%d: %s", path, fault.line, fault.column, fault.text);
    else if (!epoch || strlen(epoch) >= sizeof(f->epoch))
        r = sw_err_set(err, SW_E_INVAL, 0, "%s: \"epoch\" is missing: when the scenario begins, RFC 3339", path);
    else
        r = sw_time_parse(epoch, strlen(epoch), &f->epoch_us, err);
    if (r >= 0)
        snprintf(f->epoch, sizeof(f->epoch), "%s", epoch);
    json_decref(root);
    return r;
}

int sw_run_folder_make(struct sw_run_folder *f, const char *scenario, const char *dir, const char *broker,
                       struct sw_err *err)
{
    char source[SW_PATH_SIZE + 64], path[SW_PATH_SIZE + 32];
    *f = (struct sw_run_folder){0};
    if (broker && (strncmp(broker, "mqtt", 4) != 0 || strpbrk(broker, "\"\\\n\t ")))
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is not a broker: want mqtt://127.0.0.1:1883", broker);
    int r = find_scenario(scenario, source, sizeof(source), err);
    if (r >= 0)
        r = open_folder(f, dir, err);
    if (r >= 0)
        r = copy_folder(source, f->path, err);
    if (r >= 0)
        r = copy_lines(source, f->path, err);
    if (r >= 0)
        r = write_layer(f, broker, err);
    snprintf(path, sizeof(path), "%s/data", f->path);
    if (r >= 0)
        r = make_dir(path, 0700, err);
    snprintf(path, sizeof(path), "%s/run", f->path);
    if (r >= 0)
        r = make_dir(path, 0755, err);
    if (r >= 0)
        r = read_epoch(f, err);
    if (r < 0)
        sw_run_folder_remove(f);
    return r;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void) st;
    (void) kind;
    (void) ftw;
    return remove(path);
}

void sw_run_folder_remove(const struct sw_run_folder *f)
{
    if (f->is_ours && f->path[0])
        nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
