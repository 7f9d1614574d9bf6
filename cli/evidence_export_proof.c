// SPDX-License-Identifier: Apache-2.0
/* The end of the printed sheet: pictures by their hash, what the chain and the signature prove and what not, and how
 * anybody checks it, in plain words. */
#include <inttypes.h>
#include <string.h>

#include "cli/evidence_export_sheet.h"
#include "common/timefmt.h"

static void put_pictures(const struct sheet *s, FILE *to)
{
    const json_t *evidence = json_object_get(s->ticket, "evidence"), *e;
    size_t i;

    if (json_array_size(evidence) == 0 && s->facts->n_media == 0)
        return;
    fprintf(to, "<h2>%s</h2>\n", sheet_say(s, "Pictures", "图像"));
    for (i = 0; i < s->facts->n_media; i++) {
        fputs("<figure><img src=\"", to);
        sw_html_escape(to, s->facts->media[i]);
        fputs("\" alt=\"\"><figcaption>", to);
        sheet_put_code(to, s->facts->media[i]);
        fputs("</figcaption></figure>\n", to);
    }
    fprintf(to, "<table>\n<thead><tr><th>%s</th><th>%s (SHA-256)</th></tr></thead>\n<tbody>\n",
            sheet_say(s, "Taken", "拍摄时间"), sheet_say(s, "Hash, as the chained ticket names it", "工单所载哈希"));
    json_array_foreach(evidence, i, e)
    {
        const json_t *at = json_object_get(e, "at_us");

        fputs("<tr><td>", to);
        sheet_put_time(s, json_is_integer(at) ? json_integer_value(at) : INT64_MIN, to);
        fputs("</td><td>", to);
        sheet_put_code(to, sheet_text(e, "sha256"));
        fputs("</td></tr>\n", to);
    }
    fputs("</tbody></table>\n", to);
}

static void put_words(const struct sheet *s, FILE *to)
{
    fprintf(
        to,
        "<h2>%s</h2>\n<p>%s <code>siteward verify FILE.zip</code>%s "
        "<code>siteward verify FILE.zip --key ed25519:…</code></p>\n<p>",
        sheet_say(s, "How to check this", "如何核验"),
        sheet_say(s, "Offline, with the zip as it was handed over:", "离线核验,使用收到的压缩包原件:"),
        sheet_say(s, "; with the key that was recorded when the gateway was accepted:", ";使用网关验收时登记的公钥:"));
    fputs(
        sheet_say(s,
                  "<b>What it proves.</b> Each file has a hash (a fingerprint of its bytes) in "
                  "<code>manifest.json</code>. Each record of the gateway is an entry of a chain: its hash contains "
                  "that of the entry before it, so that nothing can be changed, put in or taken out later without "
                  "all later hashes being others. What the gateway signed with its key, and when, stands below. "
                  "This sheet is made of the chained data alone: the check makes it again and compares.",
                  "<b>能证明什么。</b>每个文件的哈希(字节指纹)记于 <code>manifest.json</code>。网关的每条记录都是链上的"
                  "一个条目,其哈希包含前一条目的哈希:事后修改、插入或删除任何记录,其后所有哈希都会改变。"
                  "网关用其密钥签名的链头及时间见下表。本证据单仅由链上数据生成,核验时重新生成并逐字节比对。"),
        to);
    fputs("</p>\n<p>", to);
    fputs(sheet_say(s,
                    "<b>What it does not prove.</b> That the sensor measured rightly and stood where it should (see "
                    "its calibration certificate); that the gateway's clock was right; who made the noise or dust; "
                    "and that the key is this gateway's: compare it with the one that was recorded when the gateway "
                    "was accepted, and the chain's head with what the platform received from it at that time.",
                    "<b>不能证明什么。</b>不能证明传感器测量准确、安装位置正确(见检定证书);不能证明网关时钟准确;"
                    "不能证明噪声或扬尘由谁造成;也不能证明密钥确属该网关:请与网关验收时登记的公钥比对,"
                    "并将链头与平台当时收到的签名记录比对。"),
          to);
    fputs("</p>\n", to);
}

static void put_key(const struct sheet *s, FILE *to)
{
    unsigned char key[SW_PUBLIC_KEY_SIZE];
    char hex[65];
    sw_hash hash;

    fprintf(to, "<tr><th>%s</th><td>", sheet_say(s, "Public key", "公钥"));
    sheet_put_code(to, s->facts->public_key);
    if (sw_key_public_parse(s->facts->public_key, key)) {
        sw_chain_body_hash(key, sizeof(key), hash);
        sw_hash_hex(hash, hex);
        fprintf(to, "</td></tr>\n<tr><th>%s (SHA-256)</th><td>", sheet_say(s, "Fingerprint of the key", "公钥指纹"));
        sheet_put_code(to, hex);
    }
    fputs("</td></tr>\n", to);
}

static void put_chain(const struct sheet *s, FILE *to)
{
    const json_t *c = s->facts->checkpoint;
    const char *ts = sheet_text(c, "ts");
    int64_t signed_us = INT64_MIN;

    fprintf(to, "<table class=\"pairs\">\n<tr><th>%s</th><td>%" PRId64 " – %" PRId64 "</td></tr>\n",
            sheet_say(s, "Entries of the chain in this export", "本导出所含链条目"), s->first_n, s->last_n);
    if (c) {
        (void) sw_time_parse(ts, strlen(ts), &signed_us, NULL);
        fprintf(to, "<tr><th>%s</th><td>%" JSON_INTEGER_FORMAT ", ",
                sheet_say(s, "Signed head: entry, time", "已签名链头:条目、时间"),
                json_integer_value(json_object_get(c, "n")));
        sheet_put_time(s, signed_us, to);
        fprintf(to, "</td></tr>\n<tr><th>%s (SHA-256)</th><td>", sheet_say(s, "Chain head", "链头哈希"));
        sheet_put_code(to, sheet_text(c, "chain_head"));
        fputs("</td></tr>\n", to);
    } else {
        fprintf(to, "<tr><th>%s</th><td>%s</td></tr>\n", sheet_say(s, "Signed head", "已签名链头"),
                sheet_say(s, "None: the gateway has not signed these entries yet; export again in an hour.",
                          "无:网关尚未对这些条目签名,请一小时后重新导出。"));
    }
    put_key(s, to);
    fputs("</table>\n", to);
}

static void put_revisions(const struct sheet *s, FILE *to)
{
    const json_t *e;
    size_t i;

    fprintf(to, "<h2>%s</h2>\n<table>\n<thead><tr><th>%s</th><th>%s</th><th>SHA-256</th></tr></thead>\n<tbody>\n",
            sheet_say(s, "Revisions of the ticket in the chain", "工单各版本在链中的条目"),
            sheet_say(s, "Entry", "条目"), sheet_say(s, "Revision", "版本"));
    json_array_foreach(s->entries, i, e)
    {
        fprintf(to, "<tr><td>%" JSON_INTEGER_FORMAT "</td><td>%" JSON_INTEGER_FORMAT "</td><td>",
                json_integer_value(json_object_get(e, "n")), json_integer_value(json_object_get(e, "a")));
        sheet_put_code(to, sheet_text(e, "sha256"));
        fputs("</td></tr>\n", to);
    }
    fputs("</tbody></table>\n", to);
}

void sheet_put_proof(const struct sheet *s, FILE *to)
{
    put_pictures(s, to);
    put_words(s, to);
    put_chain(s, to);
    put_revisions(s, to);
}
