// SPDX-License-Identifier: Apache-2.0
/* Advice after a scan. Each sentence names what was seen, then what to do with the wires, the likeliest first. */
#include "cli/scan_words.h"

#include "common/macros.h"

#define MANY_GARBLED 4 /* addresses: that is no unit but the line */

const char *sw_scan_exception_text(int code)
{
    switch (code) {
    case 1:
        return "it does not know this function";
    case 2:
        return "there is no such register";
    case 3:
        return "it does not give so many registers, or not from there";
    case 4:
        return "it has a fault of its own";
    case 5:
        return "it needs more time";
    case 6:
        return "it is busy";
    case 8:
        return "its memory is damaged";
    case 10:
        return "the converter has no way to it";
    case 11:
        return "it does not answer the converter";
    default:
        return "not a code of the standard";
    }
}

const char *sw_scan_result_name(enum sw_scan_result result)
{
    static const char *const names[] = {"silent", "garbled", "exception", "unknown", "matched"};

    return (size_t) result < SW_ARRAY_SIZE(names) ? names[result] : "?";
}

static void advise_silence(const struct sw_scan *s, bool is_tcp, FILE *to)
{
    char text[32];

    if (is_tcp) {
        fputs("The connection stands, but no unit answers behind it. Check:\n"
              "  - the sensors have power\n"
              "  - the converter's serial side: A and B, its bit rate and format\n"
              "  - does it speak Modbus TCP, or does it pass RTU frames through? Then: --rtu-over-tcp\n"
              "  - another address: --full asks all of them\n",
              to);
        return;
    }
    fputs("Nobody answers. Check, in this order:\n"
          "  - the sensors have power (their lamp, if they have one)\n"
          "  - A to A and B to B: exchange the two wires once and scan again; makers do not agree on the letters\n"
          "  - it is this port, and this pair of terminals\n"
          "  - one sensor alone at the port, on a short wire: then it is the line, else the sensor\n"
          "  - another address: --full asks 1 to 247 (a few minutes)\n"
          "  - another bit rate: --baud N --format 8N1. Tried were",
          to);
    for (size_t i = 0; i < s->n_tallies; i++)
        fprintf(to, "%s %s", i > 0 ? "," : "", sw_serial_text(&s->tallies[i].serial, text, sizeof(text)));
    fputs("\n  - 120 ohm at both ends of a long line, and the commons connected\n", to);
}

static void advise_garbled(const struct sw_scan *s, const struct sw_scan_noise *noise, size_t n_garbled, FILE *to)
{
    size_t n_answered = 0;

    for (size_t i = 0; i < s->n_tallies; i++)
        n_answered += s->tallies[i].answered;
    fprintf(to, "Bytes came that are no answer, at %zu address%s. ", n_garbled, n_garbled == 1 ? "" : "es");
    if (n_garbled >= MANY_GARBLED && n_answered == 0) {
        fputs("At so many addresses it is the line itself. Check:\n"
              "  - A and B exchanged\n"
              "  - the adapter hears its own question (echo): look for a switch or jumper\n"
              "  - nobody else asks on this line: another gateway, a display, a maker's program\n"
              "  - a wire that hangs open: 120 ohm at both ends, the commons connected, the shield at one end\n",
              to);
    } else {
        fputs("Check:\n"
              "  - two units with this same address: disconnect one and scan again; each needs an address of its own\n"
              "  - another bit rate or parity than the one it was asked with\n"
              "  - 120 ohm at both ends of a long line, no star wiring, the commons connected\n"
              "  - A and B exchanged\n",
              to);
    }
    if (noise->is_known && noise->parity > 0)
        fprintf(to, "The port counted %u parity errors: somebody sends with another parity (8E1 or 8O1?).\n",
                (unsigned) noise->parity);
    if (noise->is_known && noise->framing > 0)
        fprintf(to,
                "The port counted %u framing errors: somebody sends at another bit rate, or A and B are exchanged.\n",
                (unsigned) noise->framing);
}

static bool answers(const struct sw_scan_unit *u)
{
    return u->result != SW_SCAN_GARBLED && u->result != SW_SCAN_SILENT;
}

/* Two boxes as they came out of the factory: the same address at two speeds. */
static void advise_twins(const struct sw_scan *s, FILE *to)
{
    char a[32], b[32];

    for (size_t i = 0; i < s->n_units; i++)
        for (size_t k = 0; k < i; k++)
            if (s->units[i].unit_id == s->units[k].unit_id && answers(&s->units[i]) && answers(&s->units[k]))
                fprintf(to,
                        "Address %u answers at %s and at %s: these are two units. Give one of them another address "
                        "before\nboth are used on this line.\n",
                        (unsigned) s->units[i].unit_id, sw_serial_text(&s->units[k].serial, a, sizeof(a)),
                        sw_serial_text(&s->units[i].serial, b, sizeof(b)));
}

/* Garbled at one setting and understood at another: that was only the wrong setting. */
static bool is_explained(const struct sw_scan *s, const struct sw_scan_unit *garbled)
{
    for (size_t i = 0; i < s->n_units; i++)
        if (s->units[i].unit_id == garbled->unit_id && answers(&s->units[i]))
            return true;
    return false;
}

void sw_scan_advice(const struct sw_scan *s, bool is_tcp, const struct sw_scan_noise *noise, FILE *to)
{
    size_t n_garbled = 0, n_answered = 0, n_asked = 0;

    for (size_t i = 0; i < s->n_units; i++)
        n_garbled += s->units[i].result == SW_SCAN_GARBLED && !is_explained(s, &s->units[i]);
    for (size_t i = 0; i < s->n_tallies; i++) {
        n_answered += s->tallies[i].answered;
        n_asked += s->tallies[i].asked;
    }
    if (n_garbled > 0)
        advise_garbled(s, noise, n_garbled, to);
    else if (n_answered == 0 && n_asked > 0)
        advise_silence(s, is_tcp, to);
    advise_twins(s, to);
}
