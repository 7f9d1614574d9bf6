// SPDX-License-Identifier: Apache-2.0
/* Outputs over HTTP: GET /api/v1/outputs lists them, POST /api/v1/outputs/{id}/{auto|off|on} sets one by hand. Who may
 * speak at all is decided by the socket's rights; who it was is recorded. */
#include <stdio.h>
#include <string.h>

#include "config/text.h"
#include "gateway/outputs_int.h"

#define PATH "/api/v1/outputs"
#define WHY_MAX 200 /* bytes of a reason */

static void list_outputs(struct sw_core *c, struct sw_http_response *res)
{
    sw_http_write(res, "{\"outputs\":[", 12);
    for (size_t i = 0; c->outputs && i < c->outputs->n; i++) {
        const size_t len = output_document(c, &c->outputs->list[i], c->doc_buf, sizeof(c->doc_buf));

        if (i > 0)
            sw_http_write(res, ",", 1);
        sw_http_write(res, c->doc_buf, len);
    }
    sw_http_write(res, "]}", 2);
}

static void answer_with(struct sw_core *c, const char *id, struct sw_http_response *res)
{
    for (size_t i = 0; c->outputs && i < c->outputs->n; i++) {
        if (strcmp(c->outputs->list[i].conf->id, id) != 0)
            continue;
        const size_t len = output_document(c, &c->outputs->list[i], c->doc_buf, sizeof(c->doc_buf));

        sw_http_write(res, c->doc_buf, len);
    }
}

/* What was typed goes into the record and the log as one clean line. */
static bool is_clean(const char *text)
{
    const size_t len = strlen(text);

    return len <= WHY_MAX && strpbrk(text, "\t\r\n") == NULL && sw_text_first_bad(text, len) == len;
}

static void set_mode(struct sw_core *c, const struct sw_http_request *req, const char *rest,
                     struct sw_http_response *res)
{
    const char *slash = strchr(rest, '/'), *why = sw_http_query(req, "reason");
    const int mode = slash ? sw_output_mode_from_name(slash + 1) : -1;
    struct sw_err err = {0};
    char id[SW_ID_SIZE];
    int rc;

    if (mode < 0 || slash == rest || (size_t) (slash - rest) >= sizeof(id)) {
        sw_http_problem(res, 404, "POST " PATH "/{id}/{auto|off|on} sets an output by hand");
        return;
    }
    if (why && !is_clean(why)) {
        sw_http_problem(res, 400, "a reason is one line of UTF-8 text, at most %d bytes", WHY_MAX);
        return;
    }
    memcpy(id, rest, (size_t) (slash - rest));
    id[slash - rest] = '\0';
    rc = core_output_set_mode(c, id, (enum sw_output_mode) mode, req->peer_uid, why ? why : "", &err);
    if (rc < 0)
        sw_http_problem(res, rc == SW_E_NOTFOUND ? 404 : 409, "%s", err.msg);
    else
        answer_with(c, id, res);
}

bool core_output_page(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const size_t len = strlen(PATH);
    const char *rest = req->path + len;
    bool is_list;

    if (strncmp(req->path, PATH, len) != 0 || (*rest != '\0' && *rest != '/'))
        return false;
    is_list = *rest == '\0';
    if (strcmp(req->method, is_list ? "GET" : "POST") != 0) {
        sw_http_problem(res, 405, is_list ? "%.100s can only be read" : "%.100s is for POST", req->path);
        res->allow = is_list ? "GET, HEAD" : "POST";
    } else if (is_list) {
        list_outputs(c, res);
    } else {
        set_mode(c, req, rest + 1, res);
    }
    return true;
}
