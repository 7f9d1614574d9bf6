// SPDX-License-Identifier: Apache-2.0
/* window_text.h as SQL functions of every connection of ours, so that queries stay queries:
 *   window_json(body)  the text of a packed document; NULL when it is damaged or none
 *   window_pack(text)  and back */
#include <stdlib.h>

#include "io/db_int.h"
#include "io/window_text.h"

#define FIRST_BYTES 8192 /* more than nearly every document has */

static void free_packer(void *packer)
{
    sw_window_packer_free(packer);
}

static void window_json(sqlite3_context *ctx, int n_args, sqlite3_value **args)
{
    struct sw_window_packer *p = sqlite3_user_data(ctx);
    const void *body = sqlite3_value_blob(args[0]);
    const size_t len = (size_t) sqlite3_value_bytes(args[0]);

    (void) n_args;
    if (sqlite3_value_type(args[0]) != SQLITE_BLOB || !body)
        return; /* NULL */
    for (size_t cap = FIRST_BYTES; cap <= 2 * SW_WINDOW_TEXT_MAX; cap *= 4) {
        char *text = sqlite3_malloc64(cap);
        size_t text_len = 0;
        int rc = text ? sw_window_unpack(p, body, len, text, cap, &text_len) : SW_E_NOMEM;

        if (rc == SW_OK)
            sqlite3_result_text64(ctx, text, text_len, sqlite3_free, SQLITE_UTF8);
        else
            sqlite3_free(text);
        if (rc == SW_E_NOMEM)
            sqlite3_result_error_nomem(ctx);
        if (rc != SW_E_FULL)
            return;
    }
}

static void window_pack(sqlite3_context *ctx, int n_args, sqlite3_value **args)
{
    struct sw_window_packer *p = sqlite3_user_data(ctx);
    const char *text = (const char *) sqlite3_value_text(args[0]);
    const size_t len = (size_t) sqlite3_value_bytes(args[0]);
    unsigned char *body;
    size_t n;

    (void) n_args;
    if (!text)
        return;
    body = sqlite3_malloc64(len + SW_WINDOW_TEXT_EXTRA);
    if (!body) {
        sqlite3_result_error_nomem(ctx);
        return;
    }
    n = sw_window_pack(p, text, len, body);
    if (n)
        sqlite3_result_blob64(ctx, body, n, sqlite3_free);
    else
        sqlite3_free(body);
}

int sw_db_add_functions(struct sw_db *db, struct sw_err *err)
{
    static const struct {
        const char *name;
        void (*run)(sqlite3_context *ctx, int n_args, sqlite3_value **args);
    } functions[] = {{"window_json", window_json}, {"window_pack", window_pack}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(functions); i++) {
        struct sw_window_packer *p = sw_window_packer_new();

        if (!p)
            return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", db->path);
        /* on failure too SQLite frees the packer */
        if (sqlite3_create_function_v2(db->handle, functions[i].name, 1,
                                       SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, p, functions[i].run, NULL,
                                       NULL, free_packer) != SQLITE_OK)
            return sw_db_fail(db, err);
    }
    return SW_OK;
}
