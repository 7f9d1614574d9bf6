// SPDX-License-Identifier: Apache-2.0
/* A scan in words: what an electrician reads on a telephone, so lines are short and the finding stands first. */
#include "cli/scan_print.h"

#include <math.h>
#include <string.h>

#include "cli/scan_templates.h"
#include "cli/scan_words.h"
#include "common/clock.h"
#include "common/macros.h"

#define BAR_CELLS 20
#define DRAW_EVERY_US 100000

static const char *unit_sign(enum sw_quantity q)
{
    const char *unit = sw_quantity_info(q)->unit;

    return strcmp(unit, "pct") == 0 ? "%" : unit;
}

static void print_value(const struct sw_scan_unit *u, const struct sw_scan_value *v, FILE *to)
{
    const char *why = v->flag == 'T' ? "over its range" : v->flag == 'B' ? "no answer" : "no plausible value";

    fprintf(to, "       %-10s %-10s ", u->candidates[0].template_->channels[v->channel].id,
            sw_quantity_info(v->quantity)->name);
    if (v->flag == 'N')
        fprintf(to, "%g %s\n", round(v->value * 1000) / 1000, unit_sign(v->quantity));
    else
        fprintf(to, "- (%s)\n", why);
}

static void print_matched(const struct sw_scan_unit *u, FILE *to)
{
    const struct sw_template *t = u->candidates[0].template_;
    const char *wiring = sw_scan_wiring(t);
    char name[160], text[32];

    fprintf(to, "%s: %s (register list %s)\n", t->id, sw_scan_template_name(t, name, sizeof(name)), sw_scan_sure(t));
    for (size_t i = 0; i < u->n_values; i++)
        print_value(u, &u->values[i], to);
    if (!u->candidates[0].fits_speed)
        fprintf(to, "       leaves the factory with %s: somebody changed it, or it is another model\n",
                sw_serial_text(&t->serial, text, sizeof(text)));
    for (size_t i = 1; i < u->n_candidates; i++)
        fprintf(to, "%s%s%s", i == 1 ? "       could also be: " : ", ", u->candidates[i].template_->id,
                i + 1 == u->n_candidates ? "\n" : "");
    if (wiring[0] != '\0')
        fprintf(to, "       %s\n", wiring);
}

static void print_explain(const struct sw_scan_unit *u, const char *line, const char *why, FILE *to)
{
    if (line)
        fprintf(to, "       'siteward scan %s --explain %u' %s\n", line, (unsigned) u->unit_id, why);
}

void sw_scan_print_unit(const struct sw_scan_unit *u, const char *line, FILE *to)
{
    char text[32];

    fprintf(to, "%4u  %-10s  ", (unsigned) u->unit_id, sw_serial_text(&u->serial, text, sizeof(text)));
    switch (u->result) {
    case SW_SCAN_MATCHED:
        print_matched(u, to);
        break;
    case SW_SCAN_UNKNOWN:
        fputs("answers, but no template knows it\n", to);
        print_explain(u, line, "shows its registers", to);
        break;
    case SW_SCAN_EXCEPTION:
        fprintf(to, "a unit lives here and refuses: exception %d (%s)\n", u->exception,
                sw_scan_exception_text(u->exception));
        print_explain(u, line, "asks it more", to);
        break;
    case SW_SCAN_GARBLED:
        fputs("garbled: bytes come that are no answer\n", to);
        break;
    case SW_SCAN_SILENT:
    default:
        fputs("no answer\n", to);
        break;
    }
    if (u->configured[0] != '\0')
        fprintf(to, "       in the configuration: %s\n", u->configured);
}

void sw_scan_print_summary(const struct sw_scan *s, FILE *to)
{
    size_t n[SW_SCAN_MATCHED + 1] = {0};
    uint32_t asked = 0, silent = 0;

    for (size_t i = 0; i < s->n_units; i++)
        n[s->units[i].result]++;
    for (size_t i = 0; i < s->n_tallies; i++) {
        asked += s->tallies[i].asked;
        silent += s->tallies[i].silent;
    }
    fprintf(to, "%zu known, %zu unknown, %zu refusing, %zu garbled, %u silent of %u asked%s\n", n[SW_SCAN_MATCHED],
            n[SW_SCAN_UNKNOWN], n[SW_SCAN_EXCEPTION], n[SW_SCAN_GARBLED], silent, asked,
            s->is_stopped ? "; stopped before the end"
            : s->is_full  ? "; ended early: too many"
                          : "");
}

void sw_scan_bar_draw(struct sw_scan_bar *bar, const struct sw_scan_step *steps, size_t n, size_t done)
{
    const int64_t now_us = sw_mono_real_us();
    const int filled = n > 0 ? (int) (done * BAR_CELLS / n) : BAR_CELLS;
    const struct sw_scan_step *next = &steps[SW_MIN(done, n - 1)];
    int64_t left_ms = 0;
    char text[32];

    if (!bar->to || n == 0 || (now_us - bar->drawn_us < DRAW_EVERY_US && done < n))
        return;
    bar->drawn_us = now_us;
    for (size_t i = done; i < n; i++)
        left_ms += sw_scan_step_ms(&steps[i]);
    fputs("\r[", bar->to);
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i < filled ? '#' : '.', bar->to);
    fprintf(bar->to, "] %3zu %%  %s address %u  %lld s left \033[K", done * 100 / n,
            sw_serial_text(&next->serial, text, sizeof(text)), (unsigned) next->unit_id,
            (long long) (left_ms + 999) / 1000);
    fflush(bar->to);
    bar->width = 1;
}

void sw_scan_bar_clear(struct sw_scan_bar *bar)
{
    if (bar->to && bar->width > 0) {
        fputs("\r\033[K", bar->to);
        fflush(bar->to);
    }
    bar->width = 0;
}
