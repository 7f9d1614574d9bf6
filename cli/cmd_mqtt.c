// SPDX-License-Identifier: Apache-2.0
/* `siteward mqtt`: what is on the broker, and questions through it. The words behind it have a file each. */
#include "cli/cmd_mqtt.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/cli.h"

static const char help[] =
    "Examples:\n"
    "  siteward mqtt watch -c site.yaml --only ticket,summary\n"
    "  siteward mqtt watch -c site.yaml --json --check --for 3600 > hour.ndjson\n"
    "  siteward mqtt ask evidence -c site.yaml --at 2026-03-02T23:40:00+08:00\n"
    "  siteward mqtt ask ticket sw-7k2m4q5xza note -c site.yaml --text 'called the site'\n\n"
    "What the broker has of a site, or of all sites of an area; and questions to the gateway through the broker, as a\n"
    "platform asks them.\n\n"
    "'siteward mqtt watch --help' and 'siteward mqtt ask --help' show the options.\n";

int sw_mqtt_stop_fd(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool sw_mqtt_stop_wait(int stop_fd, int64_t real_us)
{
    struct pollfd fd = {.fd = stop_fd, .events = POLLIN};

    return poll(&fd, 1, (int) (real_us / 1000)) > 0;
}

int sw_cmd_mqtt(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "watch") == 0)
        return sw_cmd_mqtt_watch(argc - 1, argv + 1);
    if (strcmp(word, "ask") == 0)
        return sw_cmd_mqtt_ask(argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return sw_cli_end_output("mqtt", SW_EXIT_OK);
    }
    if (!*word)
        return sw_cli_fail("mqtt", "a word is missing: watch or ask; 'siteward mqtt --help' shows examples");
    return sw_cli_fail("mqtt", "'%.40s' is no word of it: watch or ask", word);
}
