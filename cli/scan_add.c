// SPDX-License-Identifier: Apache-2.0
/* From the file of a scan to a layer of configuration. Nothing in the file is believed: ids and numbers are checked,
 * and what is written is checked again as a whole by cmd_sensor.c. */
#include "cli/scan_add.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/scan_print.h"
#include "cli/scan_target.h"
#include "common/ident.h"
#include "common/macros.h"

#define BY_ID "/dev/serial/by-id"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* ---- reading ---- */

static void take_serial(const json_t *unit, struct sw_serial *ret)
{
    const json_int_t baud = json_integer_value(json_object_get(unit, "baud"));
    const char *format = text_of(unit, "format");

    *ret = (struct sw_serial){0};
    if (baud <= 0 || baud > 1000000 || !sw_baud_is_known((int) baud) || strlen(format) != 3 || format[0] != '8' ||
        !strchr("NEO", format[1]) || !strchr("12", format[2]))
        return;
    *ret = (struct sw_serial){.baud = (int) baud, .parity = format[1], .data_bits = 8, .stop_bits = format[2] - '0'};
}

/* "65.3 dBA, 12.5 degC" of what had a value. */
static void take_seen(const json_t *unit, char *ret, size_t cap)
{
    const json_t *value;
    size_t i, len = 0;

    ret[0] = '\0';
    json_array_foreach(json_object_get(unit, "values"), i, value)
    {
        const json_t *number = json_object_get(value, "value");
        char one[64];

        if (!json_is_number(number))
            continue;
        (void) snprintf(one, sizeof(one), "%s%.16s %.5g %.8s", len > 0 ? ", " : "", text_of(value, "quantity"),
                        json_number_value(number), text_of(value, "unit"));
        if (len + strlen(one) + 1 > cap || strpbrk(one, "\r\n"))
            break;
        len += (size_t) snprintf(ret + len, cap - len, "%s", one);
    }
}

/* "rs-zs-bz, xm8189b": what else the unit may be. */
static void take_others(const json_t *unit, const char *template_id, char *ret, size_t cap)
{
    const json_t *candidate;
    size_t i, len = 0;

    ret[0] = '\0';
    json_array_foreach(json_object_get(unit, "candidates"), i, candidate)
    {
        const char *id = text_of(candidate, "template");

        if (sw_id_is_valid(id) && strcmp(id, template_id) != 0 && len + strlen(id) + 3 <= cap)
            len += (size_t) snprintf(ret + len, cap - len, "%s%s", len > 0 ? ", " : "", id);
    }
}

static int take_unit(const json_t *unit, struct sw_add_found *to, struct sw_err *err)
{
    const char *template_id = text_of(unit, "template"), *result = text_of(unit, "result");
    const json_int_t address = json_integer_value(json_object_get(unit, "address"));
    struct sw_add_device *d = &to->devices[to->n];

    if (strcmp(result, "matched") != 0) {
        to->n_unknown += strcmp(result, "unknown") == 0 || strcmp(result, "exception") == 0;
        return SW_OK;
    }
    if (!sw_id_is_valid(template_id) || !json_is_integer(json_object_get(unit, "address")) || address < 0 ||
        address > 255)
        return sw_err_set(err, SW_E_INVAL, 0, "a unit of the scan has no sound template or address");
    if (to->n == SW_ADD_DEVICES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "the scan has more than %d units: choose some with --only",
                          SW_ADD_DEVICES_MAX);
    *d = (struct sw_add_device){.unit_id = (uint8_t) address};
    (void) snprintf(d->template_id, sizeof(d->template_id), "%s", template_id);
    take_serial(unit, &d->serial);
    take_seen(unit, d->seen, sizeof(d->seen));
    take_others(unit, template_id, d->others, sizeof(d->others));
    to->n++;
    return SW_OK;
}

static int take_line(const json_t *root, struct sw_add_found *to, struct sw_err *err)
{
    const char *kind = text_of(root, "line");
    const json_int_t tcp_port = json_integer_value(json_object_get(root, "tcp_port"));

    to->line.kind = strcmp(kind, "tcp") == 0       ? SW_LINE_TCP
                    : strcmp(kind, "rtu-tcp") == 0 ? SW_LINE_RTU_TCP
                                                   : SW_LINE_RTU;
    (void) snprintf(to->line.port, sizeof(to->line.port), "%s", text_of(root, "port"));
    (void) snprintf(to->line.host, sizeof(to->line.host), "%s", text_of(root, "host"));
    to->line.tcp_port = tcp_port > 0 && tcp_port <= 65535 ? (int) tcp_port : 502;
    (void) snprintf(to->bus, sizeof(to->bus), "%s", text_of(root, "bus"));
    (void) snprintf(to->config, sizeof(to->config), "%s", text_of(root, "config"));
    if (to->line.kind == SW_LINE_RTU ? to->line.port[0] == '\0' : to->line.host[0] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "the scan does not say of which line it is");
    return SW_OK;
}

int sw_add_read(const char *path, struct sw_add_found *ret, struct sw_err *err)
{
    struct stat st;
    json_error_t fault;
    const json_t *unit;
    json_t *root;
    size_t i;
    int rc;

    *ret = (struct sw_add_found){0};
    if (stat(path, &st) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%.150s: %s: run 'siteward scan' first", path, strerror(errno));
    if (st.st_size > SW_ADD_FILE_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "%.150s is too large for a scan", path);
    root = json_load_file(path, 0, &fault);
    if (!root || strcmp(text_of(root, "schema"), SW_SCAN_SCHEMA) != 0) {
        json_decref(root);
        return sw_err_set(err, SW_E_INVAL, 0, "%.120s is no file of 'siteward scan' (schema " SW_SCAN_SCHEMA ")", path);
    }
    rc = take_line(root, ret, err);
    json_array_foreach(json_object_get(root, "units"), i, unit)
    {
        if (rc == SW_OK)
            rc = take_unit(unit, ret, err);
    }
    json_decref(root);
    return rc;
}

/* ---- names ---- */

void sw_add_bus_id(const struct sw_bus_params *line, char *ret, size_t cap)
{
    const char *slash = strrchr(line->port, '/');
    char text[SW_PATH_SIZE];
    size_t n = 0;

    if (line->kind == SW_LINE_RTU)
        (void) snprintf(text, sizeof(text), "%s", slash ? slash + 1 : line->port);
    else if (line->tcp_port == 0 || line->tcp_port == 502)
        (void) snprintf(text, sizeof(text), "tcp-%s", line->host);
    else
        (void) snprintf(text, sizeof(text), "tcp-%s-%d", line->host, line->tcp_port);
    for (const char *p = text; *p != '\0' && n + 1 < SW_MIN(cap, (size_t) 48); p++) {
        const char c = (char) tolower((unsigned char) *p);
        const bool is_fit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (is_fit)
            ret[n++] = c;
        else if (n > 0 && ret[n - 1] != '-')
            ret[n++] = '-';
    }
    while (n > 0 && ret[n - 1] == '-')
        n--;
    ret[n] = '\0';
    if (n == 0)
        (void) snprintf(ret, cap, "line");
}

void sw_add_stable_port(const char *port, char *ret, size_t cap)
{
    DIR *dir = opendir(BY_ID);
    char link[SW_PATH_SIZE + 300];

    (void) snprintf(ret, cap, "%s", port);
    if (!dir || strncmp(port, "/dev/serial/", 12) == 0) {
        if (dir)
            (void) closedir(dir);
        return;
    }
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        (void) snprintf(link, sizeof(link), BY_ID "/%s", e->d_name);
        if (e->d_name[0] != '.' && strlen(link) < cap && sw_scan_is_same_port(link, port)) {
            (void) snprintf(ret, cap, "%s", link);
            break;
        }
    }
    (void) closedir(dir);
}

/* ---- writing ---- */

static void print_quoted(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void print_bus(const struct sw_add_text *t, FILE *to)
{
    const struct sw_bus_params *line = t->line;

    fprintf(to, "buses:\n  %s:\n", t->bus);
    if (line->kind == SW_LINE_RTU) {
        fputs("    kind: rtu\n    port: ", to);
        print_quoted(line->port, to);
        fputc('\n', to);
        if (t->serial.baud > 0)
            fprintf(to, "    baud: %d\n    format: 8%c%d\n", t->serial.baud, t->serial.parity, t->serial.stop_bits);
        return;
    }
    fprintf(to, "    kind: %s\n    host: ", line->kind == SW_LINE_TCP ? "tcp" : "rtu-tcp");
    print_quoted(line->host, to);
    fprintf(to, "\n    port: %d\n", line->tcp_port ? line->tcp_port : 502);
}

static void print_device(const struct sw_add_text *t, const struct sw_add_device *d, FILE *to)
{
    fprintf(to, "  %s:\n", d->id);
    if (d->seen[0] != '\0')
        fprintf(to, "    # when it was found it said: %s\n", d->seen);
    fprintf(to, "    template: %s", d->template_id);
    if (d->others[0] != '\0')
        fprintf(to, " # read the label: %s would fit too", d->others);
    fprintf(to, "\n    bus: %s\n    address: %u\n", t->bus, (unsigned) d->unit_id);
    if (d->serial.baud > 0 && t->serial.baud > 0 && !sw_serial_same(&d->serial, &t->serial))
        fprintf(to, "    baud: %d # the line runs at %d 8%c%d\n    format: 8%c%d\n", d->serial.baud, t->serial.baud,
                t->serial.parity, t->serial.stop_bits, d->serial.parity, d->serial.stop_bits);
    fputs("    place: boundary # edit: boundary, reference, indoor or other\n"
          "    # name: what people call the place\n",
          to);
}

void sw_add_print(const struct sw_add_text *t, FILE *to)
{
    if (t->old) {
        const size_t len = strlen(t->old);

        fputs(t->old, to);
        if (len > 0 && t->old[len - 1] != '\n')
            fputc('\n', to);
    } else {
        fputs(SW_ADD_MARK "\n# Edit names and places here; 'siteward check' tells whether all is well.\n", to);
        if (t->line)
            print_bus(t, to);
        fputs("devices:\n", to);
    }
    for (size_t i = 0; i < t->n; i++)
        print_device(t, &t->devices[i], to);
}

int sw_add_old_text(const char *path, char **ret, struct sw_err *err)
{
    FILE *f = fopen(path, "re");
    size_t len;
    char *text;

    *ret = NULL;
    if (!f && errno == ENOENT)
        return SW_OK;
    if (!f)
        return sw_err_set(err, SW_E_IO, errno, "%.160s: %s", path, strerror(errno));
    text = malloc(SW_ADD_FILE_MAX + 1);
    len = text ? fread(text, 1, SW_ADD_FILE_MAX + 1, f) : 0;
    (void) fclose(f);
    if (!text)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    if (len > SW_ADD_FILE_MAX || strncmp(text, SW_ADD_MARK, SW_MIN(len, strlen(SW_ADD_MARK))) != 0 ||
        len < strlen(SW_ADD_MARK)) {
        free(text);
        return sw_err_set(err, SW_E_CONFLICT, 0,
                          "%.120s is there and was not written by this command: it is left alone. Move it to another "
                          "name in conf.d, it counts there too",
                          path);
    }
    text[len] = '\0';
    *ret = text;
    return SW_OK;
}

static int failed(const char *path, struct sw_err *err)
{
    return sw_err_set(err, SW_E_IO, errno, "%.160s cannot be written: %s", path, strerror(errno));
}

int sw_add_replace(const char *path, const char *text, struct sw_err *err)
{
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int) (slash - path + 1) : 0;
    char beside[SW_PATH_SIZE + 64];
    FILE *f;
    bool ok;

    if (!text)
        return unlink(path) < 0 && errno != ENOENT ? failed(path, err) : SW_OK;
    /* a dot before the name: no layer, should the program end here */
    (void) snprintf(beside, sizeof(beside), "%.*s.%s.new", folder, path, path + folder);
    f = fopen(beside, "we");
    if (!f)
        return failed(beside, err);
    /* the gateway runs as another user than whoever adds a sensor, whose umask may be narrow */
    ok = fchmod(fileno(f), 0644) == 0 && fputs(text, f) >= 0;
    ok = fflush(f) == 0 && fsync(fileno(f)) == 0 && ok;
    ok = fclose(f) == 0 && ok;
    if (ok && rename(beside, path) == 0)
        return SW_OK;
    const int rc = failed(path, err);
    (void) unlink(beside);
    return rc;
}
