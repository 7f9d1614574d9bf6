// SPDX-License-Identifier: Apache-2.0
#include "io/csv_text.h"

#include <stdlib.h>
#include <string.h>

#include "common/reading.h"

void sw_csv_text(FILE *to, const char *text)
{
    const char *guard = *text && strchr("=+-@\t\r\n", *text) ? "'" : "";

    if (!text[strcspn(text, ",\"\r\n")]) {
        fprintf(to, "%s%s", guard, text);
        return;
    }
    fprintf(to, "\"%s", guard);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

void sw_csv_centi(FILE *to, int32_t hundredths)
{
    if (hundredths != SW_NO_VALUE)
        fprintf(to, "%s%d.%02d", hundredths < 0 ? "-" : "", abs(hundredths) / 100, abs(hundredths) % 100);
}

void sw_csv_end(FILE *to)
{
    fputs("\r\n", to);
}
