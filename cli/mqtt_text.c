// SPDX-License-Identifier: Apache-2.0
/* Which facts of a document make its line: one table, a row a kind. What is on the wire is shown, nothing is worked
 * out. */
#include "cli/mqtt_text.h"

#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "config/text.h"

#define FACTS_MAX 3
#define TOPIC_WIDTH 40
#define TEXT_MAX 120 /* bytes of one fact */
#define HASH_SHOWN 12

struct fact {
    const char *en, *zh; /* word before it; "" = it speaks for itself */
    const char *path;    /* members, with dots; two paths with '|': the first that is there */
    const char *unit;    /* member behind the value; NULL = none */
};

static const struct row {
    const char *kind;
    struct fact facts[FACTS_MAX];
} rows[] = {
    {"status", {{"", "", "state", NULL}, {"boot", "启动", "boot", NULL}}},
    {"info", {{"version", "版本", "gateway.sw_version", NULL}, {"sensors", "传感器", "sensors", NULL}}},
    {"health", {{"waiting", "待发", "outbox.pending", NULL}, {"clock synced", "时钟同步", "clock.synced", NULL}}},
    {"alert", {{"", "", "severity", NULL}, {"", "", "text", NULL}}},
    {"config", {{"revision", "版本", "revision", NULL}, {"restart required", "需要重启", "restart_required", NULL}}},
    {"gap", {{"from", "从", "from", NULL}, {"to", "到", "to", NULL}, {"", "", "reason", NULL}}},
    {"checkpoint", {{"entry", "条目", "n", NULL}, {"head", "链头", "chain_head", NULL}}},
    {"sensor", {{"", "", "name", NULL}, {"", "", "quantity", NULL}}},
    {"live", {{"", "", "v", "unit"}, {"limit", "限值", "limit", NULL}}},
    {"agg", {{"", "", "values.LAeq|values.mean", "unit"}, {"valid", "有效率", "valid_ratio", NULL}}},
    {"event", {{"", "", "kind", NULL}, {"active", "有效", "active", NULL}, {"count", "计数", "count", NULL}}},
    {"state", {{"", "", "state", NULL}, {"rule", "规则", "rule", NULL}}},
    {"output", {{"", "", "state", NULL}, {"", "", "text|reason", NULL}}},
    {"summary", {{"", "", "lamp", NULL}, {"", "", "headline", NULL}}},
    {"schedule", {{"revision", "版本", "revision", NULL}, {"items", "条", "items", NULL}}},
    {"ticket", {{"", "", "status", NULL}, {"", "", "title", NULL}}},
    {"ticket-event", {{"", "", "verb", NULL}, {"by", "由", "by.id", NULL}}},
    {"res",
     {{"", "", "status", NULL},
      {"", "", "error.title|data.status|data.outcome", NULL},
      {"to", "答复", "request_id", NULL}}},
    {"evidence", {{"", "", "answer.code", NULL}, {"", "", "answer.headline", NULL}}},
    {"cmd", {{"by", "由", "by.id", NULL}, {"id", "编号", "id", NULL}}},
    {"complaint", {{"", "", "service_code", NULL}, {"at", "时间", "occurred.at", NULL}}},
    {"evidence-request", {{"at", "时间", "at", NULL}, {"window", "时段", "window", NULL}}},
    {"cmd-schedule", {{"", "", "op", NULL}, {"items", "条", "items", NULL}, {"by", "由", "by.id", NULL}}},
    {"config-patch", {{"by", "由", "by.id", NULL}, {"on revision", "基于版本", "base_revision", NULL}}},
    {"quiet", {{"from", "从", "dtstart", NULL}, {"for", "持续", "duration", NULL}, {"", "", "reason", NULL}}},
    {"host", {{"online", "在线", "online", NULL}, {"", "", "name", NULL}}},
};

static const struct row *row_of(const json_t *document)
{
    const char *schema = json_string_value(json_object_get(document, "schema"));

    if (!schema || strncmp(schema, "siteward.", 9) != 0)
        return NULL;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const size_t len = strlen(rows[i].kind);

        if (strncmp(schema + 9, rows[i].kind, len) == 0 && schema[9 + len] == '/')
            return &rows[i];
    }
    return NULL;
}

/* "a.b|c": NULL when none of them is there. */
static const json_t *find(const json_t *document, const char *path)
{
    for (;;) {
        const json_t *at = document;
        size_t len = 0;

        for (;;) {
            len = strcspn(path, ".|");
            at = json_object_getn(at, path, len);
            if (!at || path[len] != '.')
                break;
            path += len + 1;
        }
        if (at && !json_is_null(at))
            return at;
        path += strcspn(path, "|");
        if (*path == '\0')
            return at;
        path++;
    }
}

static void value_text(const json_t *value, bool is_chinese, char *buf, size_t cap)
{
    const json_t *text = json_is_object(value) ? json_object_get(value, is_chinese ? "zh-CN" : "en") : value;
    const char *s = json_string_value(text);

    if (json_is_object(value) && !json_is_string(text)) /* a free text need not have both */
        s = json_string_value(json_object_get(value, is_chinese ? "en" : "zh-CN"));
    if (s)
        snprintf(buf, cap, "%.*s", sw_text_clip(s, SW_MIN(cap - 1, (size_t) TEXT_MAX)), s);
    else if (json_is_integer(text))
        snprintf(buf, cap, "%lld", (long long) json_integer_value(text));
    else if (json_is_real(text))
        snprintf(buf, cap, "%.2f", json_real_value(text));
    else if (json_is_boolean(text))
        snprintf(buf, cap, "%s", json_is_true(text) ? (is_chinese ? "是" : "yes") : (is_chinese ? "否" : "no"));
    else if (json_is_array(value))
        snprintf(buf, cap, "%zu", json_array_size(value));
    else
        snprintf(buf, cap, "-");
}

static void add_fact(const json_t *document, const struct fact *f, bool is_chinese, char *line, size_t cap)
{
    const char *word = is_chinese ? f->zh : f->en;
    char text[TEXT_MAX + 1], unit[16] = "";
    size_t len = strlen(line);

    value_text(find(document, f->path), is_chinese, text, sizeof(text));
    if (strcmp(f->path, "chain_head") == 0 && strlen(text) > HASH_SHOWN)
        text[HASH_SHOWN] = '\0';
    if (f->unit && strcmp(text, "-") != 0)
        value_text(find(document, f->unit), is_chinese, unit, sizeof(unit));
    snprintf(line + len, cap - len, "  %s%s%s%s%s", word, *word ? " " : "", text, *unit ? " " : "", unit);
}

/* A sender's text may hold what moves a terminal's cursor. */
static void tame(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char) *c < ' ' || *c == 0x7f)
            *c = '?';
}

void sw_mqtt_text(const char *topic, const json_t *document, bool is_chinese, char *buf, size_t cap)
{
    const struct row *row = row_of(document);
    const char *ts = json_string_value(json_object_get(document, "ts"));

    if (!ts)
        ts = json_string_value(json_object_get(document, "at"));
    snprintf(buf, cap, "%.14s  %-*s", ts && strlen(ts) >= 19 ? ts + 5 : "--            ", TOPIC_WIDTH, topic);
    if (strlen(buf) > 14 && buf[5] == 'T')
        buf[5] = ' ';
    if (!document)
        snprintf(buf + strlen(buf), cap - strlen(buf), "  %s", is_chinese ? "不再保留" : "no longer retained");
    else if (!row)
        snprintf(buf + strlen(buf), cap - strlen(buf), "  %s",
                 is_chinese ? "未知的文档" : "a document of an unknown kind");
    for (size_t i = 0; document && row && i < FACTS_MAX && row->facts[i].path; i++)
        add_fact(document, &row->facts[i], is_chinese, buf, cap);
    tame(buf);
    buf[sw_text_clip(buf, cap - 1)] = '\0';
}
