// SPDX-License-Identifier: Apache-2.0
/* Log lines to the journal or to stderr. */
#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

static const char *log_program = "siteward";
static _Atomic int log_up_to = SW_LOG_INFO;
static bool log_to_journal;

/* The service manager names the device and inode of the stream that it connected to the journal. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long dev, ino;
    struct stat st;

    return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
           st.st_dev == (dev_t) dev && st.st_ino == (ino_t) ino;
}

void sw_log_init(const char *program, enum sw_severity up_to)
{
    log_program = program;
    log_up_to = (int) up_to;
    log_to_journal = stderr_is_journal();
}

void sw_log(enum sw_severity severity, const char *fmt, ...)
{
    static const char *const words[] = {"", "", "", "error: ", "warning: ", "", "", "debug: "};
    char text[1024], line[1200];
    va_list ap;
    int len;

    if ((int) severity > log_up_to)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (char *p = text; *p; p++) /* what others sent may stand in it: one line, and nothing that steers a terminal */
        if ((unsigned char) *p < 0x20 || *p == 0x7f)
            *p = ' ';
    if (log_to_journal) {
        sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", (int) severity, "SYSLOG_IDENTIFIER=%s", log_program, NULL);
        return;
    }
    len = snprintf(line, sizeof(line), "%s: %s%s\n", log_program, words[severity & 7], text);
    if (len > 0 && write(STDERR_FILENO, line, (size_t) len) < 0)
        return; /* nobody is left to tell */
}
