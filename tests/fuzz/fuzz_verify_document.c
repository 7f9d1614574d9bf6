// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a signed document (evidence, checkpoint): it is refused with a sentence or judged, and what is told of
 * it is JSON. Nothing that was not signed with the key is whole. */
#include "fuzz.h"

#include <string.h>

#include "cli/verify.h"

#define PINNED "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=" /* of the seed 0 to 31 */

static void check(const char *json, size_t size, const char *key)
{
    static struct sw_verify_report r;
    const struct sw_verify_options o = {.key = key};
    struct sw_err err = {0};
    const int rc = sw_verify_document(json, size, &o, &r, &err);

    FUZZ_CHECK(rc == SW_OK || err.msg[0], "code %d without a sentence", rc);
    if (rc != SW_OK)
        return;
    FUZZ_CHECK(!sw_verify_is_whole(&r) || r.n_checkpoints == 1, "whole without a signature");
    sw_verify_tell(&r, "file", fuzz_sink());
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    FUZZ_CHECK(f && sw_verify_tell_json(&r, "file", f) == SW_OK, "the report does not fit");
    (void) fclose(f);
    fuzz_check_json(text, len);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = fuzz_copy(data, size);

    check(json, size, NULL);
    check(json, size, PINNED);
    free(json);
    return 0;
}
