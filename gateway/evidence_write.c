// SPDX-License-Identifier: Apache-2.0
/* The document of an answer, bound to the head of the chain by a signature. What is in it was decided before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "gateway/evidence_int.h"
#include "io/jcs.h"

/* SHA-256 of the document's one form, and what is signed over it. @return false: it cannot be signed */
static bool sign_document(const struct sw_core *c, const char *json, size_t len, struct sw_doc_integrity *v)
{
    const size_t cap = len * 2 + 64; /* canonical text is shorter, but for escapes */
    char *canonical = malloc(cap), text[512];
    size_t canonical_len, n;
    sw_hash hash;

    if (!canonical || sw_jcs(json, len, canonical, cap, &canonical_len, NULL) < 0) {
        free(canonical);
        return false;
    }
    sw_chain_body_hash(canonical, canonical_len, hash);
    free(canonical);
    sw_hash_hex(hash, v->document_sha256);
    n = sw_chain_document_text(c->site->gateway_id, v->n, v->head, hash, v->ts, text, sizeof(text));
    if (n > 0)
        sw_key_sign(&c->key, text, n, v->document_signature);
    return n > 0;
}

static bool sign(struct sw_core *c, const char *json, size_t len, struct sw_doc_integrity *ret)
{
    const struct sw_chain_head head = sw_store_head(c->store);
    char text[512];
    size_t n;

    if (head.n == 0 || c->public_key[0] == '\0')
        return false;
    ret->n = head.n;
    memcpy(ret->head, head.hash, sizeof(ret->head));
    ret->key_id = c->site->gateway_id;
    ret->public_key = c->public_key;
    sw_time_format(&c->site->zone, sw_engine_now_us(c->engine), ret->ts);
    n = sw_chain_head_text(c->site->gateway_id, head.n, head.hash, ret->ts, text, sizeof(text));
    if (n == 0)
        return false;
    sw_key_sign(&c->key, text, n, ret->signature);
    return sign_document(c, json, len, ret);
}

size_t core_evidence_write(struct sw_core *c, const struct core_evidence *e, const char *call_ticket, char *buf,
                           size_t cap)
{
    struct evidence_read now = e->read; /* with tickets and calls as they are now */
    struct sw_doc_integrity integrity = {0};
    size_t len;

    (void) snprintf(now.f.call_ticket, sizeof(now.f.call_ticket), "%s", call_ticket ? call_ticket : "");
    evidence_look(c, &now);
    len = sw_doc_evidence(&c->doc.site, &now.f, sw_engine_now_us(c->engine), buf, cap);
    if (len == 0)
        return 0;
    return sw_doc_evidence_seal(sign(c, buf, len, &integrity) ? &integrity : NULL, buf, len, cap);
}
