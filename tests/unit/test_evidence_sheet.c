// SPDX-License-Identifier: Apache-2.0
/* The printed sheet of an export, made of a piece of a chain that is written by hand: local times with the offset of
 * the windows, words of its language and no other, people's text escaped, the two facts and the deadlines. */
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/evidence_export.h"
#include "cli/evidence_export_sheet.h"
#include "tickets/ticket.h"

#define TICKET "sw-aaaaaaaaaa"
#define T22_US 1772460000000000LL /* date -d '2026-03-02 22:00 +08:00' +%s */
#define MIN_US 60000000LL

static const char ticket_json[] =
    "{\"id\":\"" TICKET
    "\",\"number\":\"PD0042-1\",\"matter_key\":\"pd-0042:noise:night:north\",\"category\":\"noise\","
    "\"attribution\":1,\"stage\":\"exceeded\",\"status\":\"resolved\",\"origin\":\"preventive\",\"sensor\":\"north\","
    "\"quantity\":\"LAeq\",\"statistic\":\"leq\",\"unit\":\"dBA\",\"rule\":\"cn-gb12523-2025/leq-night\","
    "\"period\":\"night\",\"period_is_night\":true,\"limit\":5500,\"worst\":6626,\"over_by\":1126,"
    "\"measured_is_good\":true,\"measured_from_us\":1772460000000000,\"measured_to_us\":1772460120000000,"
    "\"work.state\":\"prohibited_night\",\"work.permitted\":0,\"work_at_us\":1772460001017000,\"schedule_revision\":1,"
    "\"assignee.unit\":\"<b>某某&建设\",\"forced\":true,\"opened_us\":1772460000000000,\"changed_us\":1772463600000000,"
    "\"ended_us\":null,\"respond_by_us\":1772463600000000,\"responded_us\":1772463600000000,"
    "\"dispatch_by_us\":1772463600000000,\"dispatched_us\":1772463601000000,\"resolve_by_us\":1772546400000000,"
    "\"calls\":3,\"callers\":2,\"repeat_callers\":1,\"revision\":4,\"evidence\":[{\"sha256\":\"ab\",\"at_us\":"
    "1772460001000000}],\"history_total\":2,\"history\":[{\"at_us\":1772460000000000,\"verb\":\"open\",\"by\":\"auto\","
    "\"by.role\":\"auto\",\"by.door\":\"engine\",\"forced\":false},{\"at_us\":1772463600000000,\"verb\":\"resolve\","
    "\"by\":\"party:wang\",\"by.role\":\"party\",\"by.door\":\"mqtt\",\"forced\":true}]}";

static void put_line(FILE *f, int n, const char *kind, const char *ref, const char *body)
{
    json_t *line =
        json_pack("{s:i,s:s,s:s,s:s,s:s,s:i}", "n", n, "kind", kind, "sha256", "5ha", "ref", ref, "body", body, "a", 1);
    char *text = json_dumps(line, JSON_COMPACT);

    assert_non_null(text);
    fprintf(f, "%s\n", text);
    free(text);
    json_decref(line);
}

static void put_minute(FILE *f, int n, const char *from, const char *to, double level, double limit, int over)
{
    char body[1024];

    snprintf(
        body, sizeof(body),
        "{\"from\":\"%s\",\"to\":\"%s\",\"n\":58,\"expected\":60,\"q\":\"good\",\"unit\":\"dBA\",\"values\":{\"LAeq\":"
        "%.2f},\"limit\":{\"LAeq\":%.0f},\"judged\":[{\"rule\":\"cn-gb12523-2025/leq-night\",\"statistic\":"
        "\"LAeq,20min\",\"limit\":55,\"n\":%d,\"over\":%d,\"worst\":%s}]}",
        from, to, level, limit, over, over, over ? "59.52" : "null");
    put_line(f, n, "window", "1m/north", body);
}

/** A sheet of a ticket and what `more` puts before it. */
static char *sheet_of_ticket(const char *lang, void (*more)(FILE *), const char *ticket)
{
    const struct sw_export_facts facts = {.ticket = TICKET, .lang = lang, .gateway = "gw-7f3a", .public_key = ""};
    struct sw_export *x = calloc(1, sizeof(*x));
    struct sw_err err = {0};
    char *chain = NULL, *sheet;
    size_t len;
    FILE *f = open_memstream(&chain, &len);

    assert_non_null(x);
    assert_non_null(f);
    more(f);
    put_line(f, 9, "ticket", TICKET, ticket);
    fclose(f);
    CHECK(sw_export_render(x, chain, len, &facts, &err) == SW_OK, "%s", err.msg);
    assert_non_null(sw_export_find(x, SW_EXPORT_SHEET));
    sheet = strdup(sw_export_find(x, SW_EXPORT_SHEET)->bytes);
    assert_non_null(sheet);
    sw_export_free(x);
    free(x);
    free(chain);
    return sheet;
}

static char *sheet_of(const char *lang, void (*more)(FILE *))
{
    return sheet_of_ticket(lang, more, ticket_json);
}

static void no_minutes(FILE *f)
{
    (void) f;
}

static void shanghai(FILE *f)
{
    put_minute(f, 1, "2026-03-02T21:59:00.000+08:00", "2026-03-02T22:00:00.000+08:00", 64.04, 70, 0);
    put_minute(f, 2, "2026-03-02T22:00:00.000+08:00", "2026-03-02T22:01:00.000+08:00", 66.25, 55, 58);
    put_line(f, 3, "command", "",
             "{\"topic\":\"cmd/ticket/" TICKET
             "/resolve\",\"at\":\"2026-03-02T23:00:00.000+08:00\",\"payload\":{\"text\":"
             "\"停工<i>\"}}");
    put_line(f, 4, "command", "",
             "{\"topic\":\"cmd/ticket/sw-bbbbbbbbbb/resolve\",\"at\":\"2026-03-02T23:00:00.000+08:00\",\"payload\":{"
             "\"text\":\"他人\"}}");
}

/* Berlin's change to summer time, in a year of its own: 02:00+01:00 is 03:00+02:00. The ticket is of another day. */
static void berlin(FILE *f)
{
    put_minute(f, 1, "2026-03-29T01:59:00.000+01:00", "2026-03-29T03:00:00.000+02:00", 60, 55, 1);
    put_minute(f, 2, "2026-03-29T03:00:00.000+02:00", "2026-03-29T03:01:00.000+02:00", 60, 55, 1);
}

static void a_sheet_says_what_was_chained_in_words_of_its_language(void **state)
{
    static const struct {
        const char *lang, *want, *why;
    } cases[] = {
        {"zh", "夜间施工噪声超标(无许可)", "title"},
        {"en", "Night construction noise above limit (no permit)", "title"},
        {"zh", "实测 66.3 dB(A)<br>限值 55.0 dB(A)<br>超出 11.3 dB</p>", "the fact of the level"},
        {"en", "Measured 66.3 dB(A)<br>Limit 55.0 dB(A)<br>Over by 11.3 dB</p>", "the fact of the level"},
        {"zh", "LAeq,20min", "statistic as judged"},
        {"zh", "夜间、无许可", "work state"},
        {"en", "night, no permit", "work state"},
        {"zh", "已办结(超标)", "status and stage"},
        {"zh",
         "<td><time>2026-03-02 23:00:00 +08:00</time></td><td><time>2026-03-02 23:00:00 +08:00</time></td><td>"
         "按期</td>",
         "at the very deadline is in time"},
        {"zh", "<td><time>2026-03-02 23:00:01 +08:00</time></td><td><b>超期</b></td>", "a second late is late"},
        {"zh",
         "责任单位<br><code>party:wang</code></td><td>平台接口(MQTT)</td><td><b>强制,无实测佐证</b>; 停工&lt;i&gt;",
         "who, by which door, forced, and what was said"},
        {"zh", "&lt;b&gt;某某&amp;建设", "people's text is escaped"},
        {"zh", "投诉次数: 3. 投诉人数: 2. 其中重复来电人数: 1.", "complaints"},
        {"zh",
         "<td><time>2026-03-02 22:00:00 +08:00</time></td><td class=\"r\">66.3</td><td class=\"r\">59.5</td><td "
         "class=\"r\">55.0</td><td>是</td><td class=\"r\">58 / 60</td><td>有效</td>",
         "a minute, half rounded up"},
        {"zh", "<svg ", "the picture"},
        {"zh", "能证明什么", "what it proves"},
        {"zh", "不能证明什么", "what it does not prove"},
        {"en", "What it proves.", "what it proves"},
        {"zh", "siteward verify FILE.zip", "how to check"},
        {"zh", "工地当地时间", "whose time"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char *sheet = sheet_of(cases[i].lang, shanghai);

        CHECK(strstr(sheet, cases[i].want), "%s (%s): no '%s'", cases[i].why, cases[i].lang, cases[i].want);
        CHECK(!strstr(sheet, "<b>某某") && !strstr(sheet, "<i>"), "text of people came through as markup");
        CHECK(!strstr(sheet, "他人"), "what was said of another ticket");
        CHECK(!strstr(sheet, "http"), "a reference to elsewhere");
        free(sheet);
    }
}

static void times_have_the_offset_of_the_nearest_window(void **state)
{
    const struct sheet s = {.offset = {{T22_US, T22_US + MIN_US, 3600}, {T22_US + MIN_US, T22_US + 2 * MIN_US, 7200}},
                            .n_offsets = 2};
    char *sheet;

    (void) state;
    assert_int_equal(sheet_offset_s(&s, T22_US - 3600 * 1000000LL), 3600);
    assert_int_equal(sheet_offset_s(&s, T22_US + MIN_US - 1), 3600);
    assert_int_equal(sheet_offset_s(&s, T22_US + MIN_US), 7200);
    assert_int_equal(sheet_offset_s(&s, INT64_MAX / 2), 7200);
    sheet = sheet_of("en", berlin);
    assert_non_null(strstr(sheet, "<time>2026-03-02 15:00:00 +01:00</time>"));
    free(sheet);
    sheet = sheet_of("zh", no_minutes);
    assert_non_null(strstr(sheet, "<time>2026-03-02 14:00:00 +00:00</time>"));
    assert_non_null(strstr(sheet, "时间均为 UTC"));
    free(sheet);
}

static void dust(FILE *f)
{
    put_line(
        f, 1, "window", "1m/pm",
        "{\"from\":\"2026-03-02T22:00:00.000+08:00\",\"to\":\"2026-03-02T22:01:00.000+08:00\",\"n\":60,\"expected\":60,"
        "\"q\":\"bad\",\"simulated\":true,\"values\":{\"mean\":180.0,\"max\":200},\"limit\":null,\"judged\":[]}");
    put_line(f, 2, "window", "1m/other", "{\"from\":1,\"to\":[],\"values\":7,\"judged\":{\"a\":[]},\"limit\":\"x\"}");
}

/* Tickets of other kinds, and such as no gateway writes: each still gives a sheet. */
static void every_ticket_gives_a_sheet(void **state)
{
    static const struct {
        const char *why, *ticket, *want;
    } cases[] = {
        {"dust has its unit",
         "{\"category\":\"dust\",\"sensor\":\"pm\",\"quantity\":\"PM10\",\"statistic\":\"mean\",\"unit\":\"ug/m3\","
         "\"limit\":15000,\"worst\":18000,\"over_by\":3000,\"opened_us\":1772460000000000}",
         "超出 30.0 µg/m³"},
        {"simulated data say so", "{\"category\":\"dust\"}", "模拟数据,不得作为证据"},
        {"a forecast that was averted is no exceedance",
         "{\"category\":\"noise\",\"stage\":\"forecast\",\"unit\":\"dBA\",\"limit\":5500,\"worst\":null,\"status\":"
         "\"averted\"}",
         "未记录超标"},
        {"equipment is not asked about work", "{\"category\":\"device\",\"limit\":null}", "该工单涉及监测设备"},
        {"unknown is not no", "{\"category\":\"noise\",\"work.permitted\":-1}", "<p class=\"answer\">未知</p>"},
        {"at the limit is not over it",
         "{\"category\":\"noise\",\"unit\":\"dBA\",\"limit\":5500,\"worst\":5500,\"over_by\":0}",
         "<p class=\"answer\">否</p>"},
        {"a difference that would round to nothing keeps two decimals",
         "{\"category\":\"noise\",\"unit\":\"dBA\",\"limit\":5500,\"worst\":5503,\"over_by\":3}", "超出 0.03 dB"},
        {"a deadline that passed by the ticket's last change",
         "{\"respond_by_us\":1772460000000000,\"changed_us\":1772460000000001}", "<td>–</td><td><b>超期</b></td>"},
        {"one that is yet to come", "{\"respond_by_us\":1772460000000000,\"changed_us\":1772460000000000}",
         "<td>–</td><td>未到期</td>"},
        {"numbers out of all range",
         "{\"category\":\"noise\",\"sensor\":\"pm\",\"limit\":9223372036854775807,\"worst\":-9223372036854775808,"
         "\"measured_from_us\":-9223372036854775807,\"measured_to_us\":9223372036854775807,\"opened_us\":"
         "9223372036854775807,\"history\":[1,{\"at_us\":9223372036854775807,\"verb\":\"<x>\"}],\"evidence\":[7]}",
         "<code>&lt;x&gt;</code>"},
        {"other types than written", "{\"category\":7,\"history\":{},\"limit\":\"x\",\"evidence\":3}", "证据单"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char *sheet = sheet_of_ticket("zh", dust, cases[i].ticket);

        CHECK(strstr(sheet, cases[i].want), "%s: no '%s'", cases[i].why, cases[i].want);
        free(sheet);
    }
}

/* Words of Latin letters outside of tags, style and code. @return the first that is none of a measurement's own */
static const char *latin_word(char *html)
{
    static const char *const own[] = {"LAeq", "LAFmax", "dB", "min", "UTC", "MQTT", "SHA", "quot", "amp", "lt", "gt"};
    char *skip, *end;
    static char word[64];

    while ((skip = strstr(html, "<style>")) && (end = strstr(skip, "</style>")))
        memset(skip, ' ', (size_t) (end - skip) + 8);
    while ((skip = strstr(html, "<code>")) && (end = strstr(skip, "</code>")))
        memset(skip, ' ', (size_t) (end - skip) + 7);
    while ((skip = strchr(html, '<')) && (end = strchr(skip, '>')))
        memset(skip, ' ', (size_t) (end - skip) + 1);
    for (const char *p = html; *p; p++) {
        size_t len = 0;
        bool is_own = false;

        while (isalpha((unsigned char) p[len]))
            len++;
        for (size_t i = 0; i < SW_ARRAY_SIZE(own); i++)
            is_own = is_own || (strlen(own[i]) == len && strncmp(own[i], p, len) == 0);
        if (len >= 2 && !is_own) {
            snprintf(word, sizeof(word), "%.*s", (int) SW_MIN(len, 60u), p);
            return word;
        }
        p += len ? len - 1 : 0;
    }
    return NULL;
}

static void the_chinese_sheet_has_no_english_word(void **state)
{
    char *sheet = sheet_of("zh", shanghai), *at = strstr(sheet, "PD0042-1"), *bare;

    (void) state;
    assert_non_null(at);
    memset(at, ' ', strlen("PD0042-1")); /* in the title of the page it stands without code */
    bare = sheet;
    CHECK(!latin_word(bare), "'%s' is English", latin_word(bare));
    free(sheet);
}

static void all_names_of_the_contract_have_a_word(void **state)
{
    char *text = NULL;
    size_t len = 0;
    const struct sheet s = {.is_zh = true};
    FILE *f = open_memstream(&text, &len);

    (void) state;
    assert_non_null(f);
    for (int i = 0; i < SW_STATUS__COUNT; i++)
        sheet_put_word(&s, SHEET_STATUS, sw_status_name((enum sw_status) i), f);
    for (int i = SW_STAGE_FORECAST; i < SW_STAGE__COUNT; i++)
        sheet_put_word(&s, SHEET_STAGE, sw_stage_name((enum sw_stage) i), f);
    for (int i = 0; i < SW_ORIGIN__COUNT; i++)
        sheet_put_word(&s, SHEET_ORIGIN, sw_origin_name((enum sw_origin) i), f);
    for (int i = 0; i < SW_VERB__COUNT; i++)
        sheet_put_word(&s, SHEET_VERB, sw_verb_name((enum sw_verb) i), f);
    for (int i = 0; i < SW_ROLE__COUNT; i++)
        sheet_put_word(&s, SHEET_ROLE, sw_role_name((enum sw_role) i), f);
    for (int i = 0; i < SW_DOOR__COUNT; i++)
        sheet_put_word(&s, SHEET_DOOR, sw_door_name((enum sw_door) i), f);
    for (int i = 0; i < SW_WORK__COUNT; i++)
        sheet_put_word(&s, SHEET_WORK, sw_work_state_name((enum sw_work_state) i), f);
    fclose(f);
    CHECK(!strstr(text, "<code>"), "a name without a word: %s", strstr(text, "<code>"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sheet_says_what_was_chained_in_words_of_its_language),
        cmocka_unit_test(times_have_the_offset_of_the_nearest_window),
        cmocka_unit_test(every_ticket_gives_a_sheet),
        cmocka_unit_test(the_chinese_sheet_has_no_english_word),
        cmocka_unit_test(all_names_of_the_contract_have_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
