// SPDX-License-Identifier: Apache-2.0
/* `siteward verify`: is what a gateway stored, answered or exported still what it signed? Offline, and without writing.
 * Checking is verify*.c's. */
#include <getopt.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/verify.h"

#define NAME "verify"

static const char help[] =
    "siteward verify: is it still what was signed?\n\n"
    "  siteward verify /var/lib/siteward/siteward.db\n"
    "  siteward verify siteward.db --checkpoints kept-by-the-hub.jsonl --key ed25519:…\n"
    "  siteward verify evidence.json --key ed25519:…\n"
    "  siteward verify ticket.zip\n\n"
    "Walks a store's hash chain from its first entry and hashes again what each entry names; checks the signatures of "
    "an\n"
    "evidence document, or the files and the piece of the chain in an export. Needs no network and no daemon, writes\n"
    "nothing, and may run while the gateway does. Names the first broken entry.\n\n"
    "      --checkpoints FILE  signed heads as published, one JSON object a line: so a rewritten past is found\n"
    "      --key KEY           the gateway's public key (public_key in its info document)\n"
    "      --json              one JSON object on standard output\n"
    "  -h, --help              this text\n\n"
    "Exit 0: whole; 1: broken; 64: asked for wrongly; 66: the file cannot be read.\n";

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
    unsigned *percent = ctx;
    const unsigned now = total ? (unsigned) (done * 100 / total) : 100;

    if (now == *percent)
        return;
    *percent = now;
    (void) fprintf(stderr, now == 100 ? "\r\033[K" : "\r%3u %%", now);
}

static int verify(const char *path, const struct sw_verify_options *o, bool is_json)
{
    static struct sw_verify_report report; /* large */
    struct sw_err err = {0};
    const int rc = sw_verify_file(path, o, &report, &err);

    if (rc < 0) {
        (void) sw_cli_fail(NAME, "%s", err.msg);
        return rc == SW_E_INVAL ? EX_USAGE : EX_NOINPUT;
    }
    if (!is_json)
        sw_verify_tell(&report, path, stdout);
    else if (sw_verify_tell_json(&report, path, stdout) < 0)
        return sw_cli_fail(NAME, "the report does not fit");
    return sw_verify_is_whole(&report) ? SW_EXIT_OK : SW_EXIT_FAILED;
}

int sw_cmd_verify(int argc, char **argv)
{
    static const struct option options[] = {{"checkpoints", required_argument, NULL, 'C'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct sw_verify_options o = {0};
    unsigned percent = 0;
    bool is_json = false;
    int option;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'C':
            o.checkpoints = optarg;
            break;
        case 'k':
            o.key = optarg;
            break;
        case 'j':
            is_json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        default: /* getopt has said what is wrong */
            (void) fputs("'siteward verify --help' shows examples.\n", stderr);
            return EX_USAGE;
        }
    }
    if (optind + 1 != argc) {
        (void) sw_cli_fail(NAME, optind < argc ? "name one file"
                                               : "name the file: a store, an evidence document or an export");
        return EX_USAGE;
    }
    if (isatty(STDERR_FILENO)) {
        o.progress = show_progress;
        o.ctx = &percent;
    }
    return sw_cli_end_output(NAME, verify(argv[optind], &o, is_json));
}
