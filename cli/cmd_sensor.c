// SPDX-License-Identifier: Apache-2.0
/* `siteward sensor add`: what a scan found, or one device by hand, as a layer in conf.d. Never touches a file that a
 * person wrote; the whole configuration is checked afterwards, and the layer taken back if it does not hold. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/scan_add.h"
#include "cli/scan_target.h"
#include "common/ident.h"
#include "common/macros.h"
#include "config/faults.h"

#define NAMES_MAX 64

static const char help[] =
    "siteward sensor add: take sensors into the configuration\n\n"
    "  siteward sensor add --from-scan                        all that the last scan found\n"
    "  siteward sensor add --from-scan=scan.json --only 1,7   these addresses of a scan\n"
    "  siteward sensor add --from-scan --name 7=east-gate     with an id of your own\n"
    "  siteward sensor add rs-zs-bz --bus rs485-1 --address 5 --id north-gate\n\n"
    "Writes conf.d/50-scan-BUS.yaml beside the site file, checks the whole configuration, and takes the file back if\n"
    "that has faults. What is configured already is left alone; files that a person wrote are never changed.\n\n"
    "      --from-scan[=FILE]   file of a scan; default: where 'siteward scan' keeps it\n"
    "      --only A,B           these addresses only\n"
    "      --name ADDRESS=ID    id of the device at an address; else template-address\n"
    "  -b, --bus ID             by hand: the line\n"
    "  -a, --address N          by hand: Modbus address\n"
    "      --id ID              by hand: id of the device\n"
    "  -c, --config FILE        site file (default: that of the scan, else /etc/siteward/site.yaml)\n";

struct asked {
    const char *config, *scan, *template_id, *bus, *id;
    bool is_from_scan;
    int address; /* -1 = not given */
    bool has_only;
    bool only[256];
    const char *name[256]; /* by address */
};

static bool take_address(const char *text, const char *ends, int *ret, const char **ret_end)
{
    char *end;
    const long number = strtol(text, &end, 10);

    *ret = (int) number;
    *ret_end = end;
    return text[0] >= '0' && text[0] <= '9' && number <= 255 && (*end == '\0' || strchr(ends, *end));
}

static int take_only(struct asked *a, const char *text)
{
    int address;

    a->has_only = true;
    for (const char *p = text;; p++) {
        if (!take_address(p, ",", &address, &p))
            return sw_cli_fail("sensor", "--only takes addresses: --only 1,7,12");
        a->only[address] = true;
        if (*p == '\0')
            return -1;
    }
}

static int take_name(struct asked *a, const char *text)
{
    const char *end;
    int address;

    if (!take_address(text, "=", &address, &end) || *end != '=' || !sw_id_is_valid(end + 1))
        return sw_cli_fail("sensor", "--name takes ADDRESS=ID, the id of small letters a-z, digits and '-': --name "
                                     "7=east-gate");
    a->name[address] = end + 1;
    return -1;
}

/* ---- what is to be added ---- */

struct adding {
    const struct sw_site *site;
    const char *config;
    struct sw_add_found found; /* by hand: one unit */
    char bus[SW_ID_SIZE];
    bool is_new_bus;
    struct sw_serial serial; /* of the bus */
    size_t n;
    struct sw_add_device devices[SW_ADD_DEVICES_MAX];
    char path[SW_PATH_SIZE + 128];
};

static int bus_of_site(const struct adding *x)
{
    const struct sw_bus_params *line = &x->found.line;

    for (size_t i = 0; i < x->site->n_buses; i++) {
        const struct sw_bus_conf *b = &x->site->buses[i];

        if (line->kind == SW_LINE_RTU
                ? b->kind == SW_BUS_RTU && sw_scan_is_same_port(b->port, line->port)
                : b->kind != SW_BUS_RTU && strcmp(b->host, line->host) == 0 && b->tcp_port == line->tcp_port)
            return (int) i;
    }
    return -1;
}

/* The settings that most units of the scan were found with. */
static struct sw_serial usual_serial(const struct sw_add_device *devices, size_t n)
{
    struct sw_serial best = {0};
    size_t best_count = 0;

    for (size_t i = 0; i < n; i++) {
        size_t count = 0;

        for (size_t k = 0; k < n; k++)
            count += sw_serial_same(&devices[k].serial, &devices[i].serial);
        if (devices[i].serial.baud > 0 && count > best_count) {
            best = devices[i].serial;
            best_count = count;
        }
    }
    return best;
}

static void find_bus(struct adding *x)
{
    const int index = bus_of_site(x);
    char port[SW_PATH_SIZE];

    if (index >= 0) {
        (void) snprintf(x->bus, sizeof(x->bus), "%s", x->site->buses[index].id);
        x->serial = x->site->buses[index].serial;
        return;
    }
    x->is_new_bus = true;
    sw_add_stable_port(x->found.line.port, port, sizeof(port));
    (void) snprintf(x->found.line.port, sizeof(x->found.line.port), "%s", port);
    sw_add_bus_id(&x->found.line, x->bus, sizeof(x->bus));
}

static const char *device_at(const struct adding *x, uint8_t unit_id)
{
    for (size_t i = 0; i < x->site->n_devices; i++) {
        const struct sw_device_conf *d = &x->site->devices[i];

        if (d->bus >= 0 && d->unit_id == unit_id && strcmp(x->site->buses[d->bus].id, x->bus) == 0)
            return d->id;
    }
    return NULL;
}

static bool is_id_taken(const struct adding *x, const char *id)
{
    for (size_t i = 0; i < x->site->n_devices; i++)
        if (strcmp(x->site->devices[i].id, id) == 0)
            return true;
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->devices[i].id, id) == 0)
            return true;
    return false;
}

static void choose_id(const struct adding *x, struct sw_add_device *d, const char *name)
{
    if (name)
        (void) snprintf(d->id, sizeof(d->id), "%s", name);
    else
        (void) snprintf(d->id, sizeof(d->id), "%.40s-%u", d->template_id, (unsigned) d->unit_id);
    if (!name && is_id_taken(x, d->id)) /* the same model at the same address of another line */
        (void) snprintf(d->id, sizeof(d->id), "%.30s-%u-%.24s", d->template_id, (unsigned) d->unit_id, x->bus);
}

static void choose_devices(struct adding *x, const struct asked *a)
{
    for (size_t i = 0; i < x->found.n; i++) {
        struct sw_add_device d = x->found.devices[i];
        const char *other = device_at(x, d.unit_id);
        bool is_twin = false;

        if (a->has_only && !a->only[d.unit_id])
            continue;
        if (other) {
            fprintf(stderr, "address %u of bus %s is '%s' already: left alone\n", (unsigned) d.unit_id, x->bus, other);
            continue;
        }
        for (size_t k = 0; k < x->n; k++)
            is_twin |= x->devices[k].unit_id == d.unit_id;
        if (is_twin) {
            fprintf(stderr,
                    "address %u answered at two speeds: only the first is taken; give the other unit (%s) an "
                    "address of its own\n",
                    (unsigned) d.unit_id, d.template_id);
            continue;
        }
        choose_id(x, &d, a->name[d.unit_id]);
        x->devices[x->n++] = d;
    }
}

/* ---- writing and checking ---- */

static int path_of(struct adding *x)
{
    const char *slash = strrchr(x->config, '/');
    const int folder = slash ? (int) (slash - x->config + 1) : 0;

    (void) snprintf(x->path, sizeof(x->path), "%.*sconf.d", folder, x->config);
    if (mkdir(x->path, 0755) < 0 && errno != EEXIST)
        return sw_cli_fail("sensor", "%s cannot be made: %s", x->path, strerror(errno));
    (void) snprintf(x->path, sizeof(x->path), "%.*sconf.d/50-scan-%s.yaml", folder, x->config, x->bus);
    return -1;
}

/* The layer is in place: does the whole still hold? If not, the old state comes back. */
static int check_or_undo(const struct adding *x, const char *old)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0}, undo = {0};
    struct sw_site *site = NULL;
    const int rc = sw_site_read(x->config, NULL, &faults, &site, &err);

    if (rc < 0) {
        sw_faults_print(&faults, stderr);
        if (faults.n_faults == 0)
            fprintf(stderr, "%s\n", err.msg);
        if (sw_add_replace(x->path, old, &undo) < 0)
            fprintf(stderr, "%s\n", undo.msg);
    }
    sw_faults_done(&faults);
    sw_site_free(site);
    return rc < 0 ? sw_cli_fail("sensor", "so the configuration would have faults: %s was taken back", x->path)
                  : SW_EXIT_OK;
}

static char *make_text(const struct adding *x, const char *old)
{
    const struct sw_add_text text = {.old = old,
                                     .bus = x->bus,
                                     .line = x->is_new_bus ? &x->found.line : NULL,
                                     .serial = x->serial,
                                     .devices = x->devices,
                                     .n = x->n};
    char *buf = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&buf, &len);

    if (to) {
        sw_add_print(&text, to);
        if (fclose(to) != 0) {
            free(buf);
            buf = NULL;
        }
    }
    return buf;
}

static void say_what_next(const struct adding *x)
{
    for (size_t i = 0; i < x->n; i++) {
        const struct sw_add_device *d = &x->devices[i];

        printf("%s: %s at address %u of bus %s\n", d->id, d->template_id, (unsigned) d->unit_id, x->bus);
        if (d->others[0] != '\0')
            printf("  is it? %s would fit too. Read the label; if need be change 'template' in the file\n", d->others);
    }
    printf(
        "written: %s\n"
        "Next: edit name and place there, see with 'siteward check -c %s' that all is well, then restart the gateway\n"
        "(systemctl restart sitewardd). 'siteward sensors' shows the values.\n",
        x->path, x->config);
    if (x->found.n_unknown > 0)
        printf("%zu unit%s of the scan %s no template and %s not added: 'siteward scan --explain ADDRESS' with the\n"
               "line of the scan shows more\n",
               x->found.n_unknown, x->found.n_unknown == 1 ? "" : "s", x->found.n_unknown == 1 ? "matches" : "match",
               x->found.n_unknown == 1 ? "was" : "were");
}

static int write_layer(struct adding *x)
{
    struct sw_err err = {0};
    char *old = NULL, *text = NULL;
    int code = path_of(x), rc;

    if (code >= 0)
        return code;
    rc = sw_add_old_text(x->path, &old, &err);
    if (rc == SW_OK) {
        text = make_text(x, old);
        rc = text ? sw_add_replace(x->path, text, &err) : sw_err_set(&err, SW_E_NOMEM, 0, "no memory");
    }
    code = rc == SW_OK ? check_or_undo(x, old) : sw_cli_fail("sensor", "%s", err.msg);
    free(old);
    free(text);
    if (code == SW_EXIT_OK)
        say_what_next(x);
    return code;
}

/* ---- the two ways ---- */

static int gather_by_hand(struct adding *x, const struct asked *a)
{
    struct sw_add_device *d = &x->found.devices[0];

    if (!a->bus || a->address < 0)
        return sw_cli_fail("sensor",
                           "by hand it needs --bus and --address: siteward sensor add %s --bus rs485-1 "
                           "--address 5",
                           a->template_id);
    if (!sw_id_is_valid(a->template_id) || (a->id && !sw_id_is_valid(a->id)))
        return sw_cli_fail("sensor", "'%.80s' is no id: small letters a-z, digits and '-'",
                           sw_id_is_valid(a->template_id) ? a->id : a->template_id);
    for (size_t i = 0; i < x->site->n_buses; i++)
        if (strcmp(x->site->buses[i].id, a->bus) == 0)
            (void) snprintf(x->bus, sizeof(x->bus), "%s", a->bus);
    if (x->bus[0] == '\0')
        return sw_cli_fail("sensor", "there is no bus '%.60s' in %s: 'siteward scan --port' and --from-scan add one",
                           a->bus, x->config);
    d->unit_id = (uint8_t) a->address;
    (void) snprintf(d->template_id, sizeof(d->template_id), "%s", a->template_id);
    x->found.n = 1;
    return -1;
}

static int gather_from_scan(struct adding *x, const struct asked *a)
{
    if (a->has_only)
        for (int address = 0; address < 256; address++) {
            bool is_there = !a->only[address];

            for (size_t i = 0; i < x->found.n && !is_there; i++)
                is_there = x->found.devices[i].unit_id == address;
            if (!is_there)
                return sw_cli_fail("sensor", "the scan found no known sensor at address %d", address);
        }
    find_bus(x);
    return -1;
}

static int add(const struct asked *a, struct adding *x)
{
    int code = a->is_from_scan ? gather_from_scan(x, a) : gather_by_hand(x, a);

    if (code >= 0)
        return code;
    choose_devices(x, a);
    if (!a->is_from_scan && a->id && x->n == 1)
        (void) snprintf(x->devices[0].id, sizeof(x->devices[0].id), "%s", a->id);
    if (x->is_new_bus)
        x->serial = usual_serial(x->devices, x->n);
    if (x->n > 0)
        return write_layer(x);
    fputs(x->found.n == 0 ? "the scan found no sensor that a template knows: nothing to add\n"
                          : "nothing to add: all of it is configured\n",
          stderr);
    return SW_EXIT_OK;
}

/* Without --config the scan knows its site file; without FILE the site knows where a scan is kept. */
static int find_files(const struct asked *a, struct adding *x)
{
    char path[SW_PATH_SIZE + 32];
    struct sw_err err = {0};

    if (a->is_from_scan && a->scan) {
        (void) snprintf(path, sizeof(path), "%s", a->scan);
    } else if (a->is_from_scan) {
        struct sw_faults faults = {0};
        struct sw_site *site = NULL;

        (void) sw_site_read(x->config, NULL, &faults, &site, &err);
        if (sw_scan_last_file(site, path, sizeof(path)))
            fprintf(stderr, "from the scan in %s\n", path);
        sw_site_free(site);
        sw_faults_done(&faults);
    }
    if (a->is_from_scan && sw_add_read(path, &x->found, &err) < 0)
        return sw_cli_fail("sensor", "%s", err.msg);
    if (!a->config && x->found.config[0] != '\0')
        x->config = x->found.config;
    return -1;
}

static int run(const struct asked *a)
{
    struct adding *x = calloc(1, sizeof(*x));
    struct sw_site *site = NULL;
    int code;

    if (!x)
        return sw_cli_fail("sensor", "no memory");
    x->config = a->config ? a->config : SW_CONFIG_DEFAULT;
    code = find_files(a, x);
    if (code < 0) {
        site = sw_cli_site("sensor", x->config);
        x->site = site;
        code = site ? add(a, x)
                    : sw_cli_fail("sensor", "the site file must be there and sound before sensors are added: name it "
                                            "with -c; a new one begins as a copy of config/site.example.yaml");
    }
    sw_site_free(site);
    free(x);
    return code;
}

static int take_option(struct asked *a, int option)
{
    const char *end;

    switch (option) {
    case 'c':
        a->config = optarg;
        return -1;
    case 's':
        a->is_from_scan = true;
        a->scan = optarg;
        return -1;
    case 'o':
        return take_only(a, optarg);
    case 'n':
        return take_name(a, optarg);
    case 'b':
        a->bus = optarg;
        return -1;
    case 'i':
        a->id = optarg;
        return -1;
    case 'a':
        return take_address(optarg, "", &a->address, &end)
                   ? -1
                   : sw_cli_fail("sensor", "'%.20s' is no address: 1 to 247", optarg);
    case 'h':
        fputs(help, stdout);
        return sw_cli_end_output("sensor", SW_EXIT_OK);
    default: /* getopt has said what is wrong */
        fputs("'siteward sensor --help' shows examples.\n", stderr);
        return SW_EXIT_FAILED;
    }
}

int sw_cmd_sensor(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"from-scan", optional_argument, NULL, 's'},
                                            {"only", required_argument, NULL, 'o'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"bus", required_argument, NULL, 'b'},
                                            {"id", required_argument, NULL, 'i'},
                                            {"address", required_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct asked a = {.address = -1};
    int option, code;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "c:b:a:h", options, NULL)) != -1) {
        code = take_option(&a, option);
        if (code >= 0)
            return code;
    }
    if (optind == argc || strcmp(argv[optind], "add") != 0)
        return sw_cli_fail("sensor", "say what: 'siteward sensor add --from-scan' or 'siteward sensor add TEMPLATE "
                                     "--bus ID --address N' ('siteward sensors' shows the running ones)");
    optind++;
    if (a.is_from_scan && !a.scan && optind < argc) /* --from-scan FILE */
        a.scan = argv[optind++];
    if (!a.is_from_scan && optind < argc)
        a.template_id = argv[optind++];
    if (optind < argc)
        return sw_cli_fail("sensor", "'%.80s' is one word too many", argv[optind]);
    if (!a.is_from_scan && !a.template_id)
        return sw_cli_fail("sensor", "add what? --from-scan, or a template: 'siteward template list' shows them");
    if (a.is_from_scan && (a.bus || a.id || a.address >= 0))
        return sw_cli_fail("sensor", "--bus, --address and --id are for a sensor by hand; with --from-scan use --only "
                                     "and --name");
    return sw_cli_end_output("sensor", run(&a));
}
