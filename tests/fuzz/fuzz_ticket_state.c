// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a stored ticket and as a stored rule state: refused with a sentence and nothing touched, or read; what
 * was read is written, read again and the same, and a ticket can be shown. */
#include "fuzz.h"

#include <string.h>

#include "gateway/ticket_state.h"
#include "io/document.h"

#define UNTOUCHED 0xA5

static bool is_untouched(const void *p, size_t n)
{
    const unsigned char *bytes = p;

    for (size_t i = 0; i < n; i++)
        if (bytes[i] != UNTOUCHED)
            return false;
    return true;
}

static void check_refusal(int rc, const struct sw_err *err, const void *ret, size_t size)
{
    FUZZ_CHECK(rc == SW_E_CORRUPT && err->msg[0], "code %d: %s", rc, err->msg);
    FUZZ_CHECK(is_untouched(ret, size), "refused, but written to");
}

static void show(const struct sw_ticket *t)
{
    static char buf[SW_DOCUMENT_MAX];
    static struct sw_zone zone;
    const struct sw_doc_site site = {.zone = &zone,
                                     .gateway = "gw-1",
                                     .gateway_name = "gw",
                                     .sw_version = "0",
                                     .site = "s",
                                     .area = "310115",
                                     .name = "s",
                                     .address = "",
                                     .permit_no = "",
                                     .owner_unit = "",
                                     .agency_responsible = "",
                                     .subdistrict = "",
                                     .timezone = "UTC"};
    size_t len;

    sw_zone_init_utc(&zone);
    len = sw_doc_ticket(&site, t, 0, -1, buf, sizeof(buf));
    FUZZ_CHECK(len > 0, "a ticket that was read cannot be shown");
    fuzz_check_json(buf, len);
}

static void check_ticket(const char *text, size_t size)
{
    static struct sw_ticket t, again;
    static char json[SW_TICKET_STATE_MAX], json_again[SW_TICKET_STATE_MAX];
    struct sw_err err = {0};
    size_t len;

    memset(&t, UNTOUCHED, sizeof(t));
    const int rc = sw_ticket_state_read(text, size, &t, &err);

    if (rc != SW_OK) {
        check_refusal(rc, &err, &t, sizeof(t));
        return;
    }
    show(&t);
    len = sw_ticket_state_write(&t, json, sizeof(json));
    FUZZ_CHECK(len > 0, "a ticket that was read cannot be written");
    FUZZ_CHECK(sw_ticket_state_read(json, len, &again, &err) == SW_OK, "%s", err.msg);
    FUZZ_CHECK(sw_ticket_state_write(&again, json_again, sizeof(json_again)) == len && !memcmp(json, json_again, len),
               "another ticket the second time:\n%s\n%s", json, json_again);
}

static void check_rule(const char *text, size_t size)
{
    static char json[SW_RULE_STATE_MAX], json_again[SW_RULE_STATE_MAX];
    struct sw_rule_state r, again;
    struct sw_err err = {0};
    size_t len;

    memset(&r, UNTOUCHED, sizeof(r));
    const int rc = sw_rule_state_read(text, size, &r, &err);

    if (rc != SW_OK) {
        check_refusal(rc, &err, &r, sizeof(r));
        return;
    }
    len = sw_rule_state_write(&r, json, sizeof(json));
    FUZZ_CHECK(len > 0, "a rule state that was read cannot be written");
    FUZZ_CHECK(sw_rule_state_read(json, len, &again, &err) == SW_OK, "%s", err.msg);
    FUZZ_CHECK(sw_rule_state_write(&again, json_again, sizeof(json_again)) == len && !memcmp(json, json_again, len),
               "another state the second time:\n%s\n%s", json, json_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);

    check_ticket(text, size);
    check_rule(text, size);
    free(text);
    return 0;
}
