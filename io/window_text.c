// SPDX-License-Identifier: Apache-2.0
/* Packing documents of windows with zlib and a dictionary. See window_text.h. */
#include "io/window_text.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/crc16.h"
#include "common/err.h"

#define FORM_PLAIN 0
#define FORM_1 1
#define WINDOW_BITS 12 /* 4 KB: the dictionary and a document */
#define MEMORY_LEVEL 5

/* What documents of windows say, the commonest last. First in the order in which they are sent, then in that of
 * RFC 8785, in which they are stored. Never to be changed: stored rows refer to it byte for byte. */
static const char dictionary[] =
    "\"unit\":\"ug/m3\",\"quantity\":\"PM10\"\"quantity\":\"TSP\"\"quantity\":\"PM2.5\"\"unit\":\"degC\""
    "\"rule\":\"cn-sh-db31-964-2016/tsp\",\"statistic\":\"PM10,15min\"\"values\":{\"max\":,\"mean\":,\"min\":}"
    "\"q\":\"none\",\"flag\":\"B\"\"flag\":\"D\"\"q\":\"suspect\"\"time_quality\":\"unsynced\""
    "{\"schema\":\"siteward.agg/1.0\",\"id\":\"-noise:1m:2026-01-01T00:00:00+08:00\",\"gw\":\"gw-\",\"epoch\":\"\","
    "\"seq\":1,\"ts\":\"2026-01-01T00:01:02.000+08:00\",\"period\":\"1m\",\"from\":\"2026-01-01T00:00:00.000+08:00\","
    "\"to\":\"2026-01-01T00:01:00.000+08:00\",\"quantity\":\"LAeq\",\"unit\":\"dBA\",\"values\":{\"LAeq\":60.00,"
    "\"LAmax\":70.0,\"LAmin\":50.00,\"LA5\":60.0,\"LA10\":60.0,\"LA50\":50.0,\"LA90\":50.0,\"LA95\":50.0},"
    "\"estimate\":[\"LAmax\"],\"n\":60,\"expected\":60,\"valid_ratio\":1.000,\"excluded\":{\"missing\":0,\"fault\":0,"
    "\"weather\":0,\"calibration\":0,\"overload\":0},\"largest_gap_s\":0,\"flag\":\"N\",\"q\":\"good\","
    "\"time_quality\":\"synced\",\"weather\":null,\"work_detected\":null,\"limit\":{\"LAeq\":70,\"LAmax\":null,"
    "\"rules\":[\"cn-gb12523-2025/leq-day\"]},\"judged\":[{\"rule\":\"cn-gb12523-2025/leq-day\",\"statistic\":"
    "\"LAeq,20min\",\"period\":\"day\",\"limit\":70,\"n\":0,\"over\":0,\"worst\":null,\"from\":null,\"to\":null}],"
    "\"historical\":false}"
    "\"limit\":{\"PM10\":null,\"rules\":[]},\"n\":0,\"valid_ratio\":0,\"estimate\":[],"
    "\"judged\":[{\"from\":\"20\",\"limit\":55,\"n\":60,\"over\":60,\"period\":\"night\",\"rule\":"
    "\"cn-gb12523-2025/lmax-night\",\"statistic\":\"LAFmax\",\"to\":\"20\",\"worst\":6},{\"from\":null,\"limit\":70,"
    "\"n\":0,\"over\":0,\"period\":\"day\",\"rule\":\"cn-gb12523-2025/leq-night\",\"statistic\":\"LAeq,20min\","
    "\"to\":null,\"worst\":null}],\"weather\":{\"rain\":false,\"wind_m_s\":1.2},\"work_detected\":true,"
    "{\"epoch\":\"\",\"estimate\":[\"LAmax\"],\"excluded\":{\"calibration\":0,\"fault\":0,\"missing\":0,"
    "\"overload\":0,\"weather\":0},\"expected\":60,\"flag\":\"N\",\"from\":\"2026-01-01T00:00:00.000+08:00\","
    "\"gw\":\"gw-\",\"historical\":false,\"id\":\"-noise:1m:2026-01-01T00:00:00+08:00\",\"judged\":[{\"from\":null,"
    "\"limit\":70,\"n\":0,\"over\":0,\"period\":\"day\",\"rule\":\"cn-gb12523-2025/leq-day\",\"statistic\":"
    "\"LAeq,20min\",\"to\":null,\"worst\":null}],\"largest_gap_s\":0,\"limit\":{\"LAeq\":70,\"LAmax\":null,\"rules\":["
    "\"cn-gb12523-2025/leq-day\"]},\"n\":60,\"period\":\"1m\",\"q\":\"good\",\"quantity\":\"LAeq\",\"schema\":"
    "\"siteward.agg/1.0\",\"seq\":1,\"time_quality\":\"synced\",\"to\":\"2026-01-01T00:01:00.000+08:00\",\"ts\":"
    "\"2026-01-01T00:01:02.000+08:00\",\"unit\":\"dBA\",\"valid_ratio\":1,\"values\":{\"LA10\":6,\"LA5\":6,\"LA50\":5,"
    "\"LA90\":5,\"LA95\":5,\"LAeq\":6,\"LAmax\":7,\"LAmin\":5},\"weather\":null,\"work_detected\":null}";

struct sw_window_packer {
    z_stream deflate, inflate;
    bool has_deflate, has_inflate;
};

struct sw_window_packer *sw_window_packer_new(void)
{
    return calloc(1, sizeof(struct sw_window_packer));
}

struct sw_window_packer *sw_window_packer_free(struct sw_window_packer *p)
{
    if (p) {
        if (p->has_deflate)
            deflateEnd(&p->deflate);
        if (p->has_inflate)
            inflateEnd(&p->inflate);
        free(p);
    }
    return NULL;
}

static const unsigned char *dictionary_bytes(void)
{
    return (const unsigned char *) dictionary;
}

/* @return bytes, 0 = it did not get shorter, or zlib has no memory */
static size_t squeeze(struct sw_window_packer *p, const char *text, size_t len, unsigned char *buf, size_t cap)
{
    z_stream *z = &p->deflate;

    if (!p->has_deflate) {
        if (deflateInit2(z, Z_BEST_COMPRESSION, Z_DEFLATED, -WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
            return 0;
        p->has_deflate = true;
    } else if (deflateReset(z) != Z_OK) {
        return 0;
    }
    if (deflateSetDictionary(z, dictionary_bytes(), sizeof(dictionary) - 1) != Z_OK)
        return 0;
    z->next_in = (z_const Bytef *) (const void *) text;
    z->avail_in = (uInt) len;
    z->next_out = buf;
    z->avail_out = (uInt) cap;
    return deflate(z, Z_FINISH) == Z_STREAM_END ? cap - z->avail_out : 0;
}

size_t sw_window_pack(struct sw_window_packer *p, const char *text, size_t len, unsigned char *buf)
{
    size_t n;
    uint16_t crc;

    if (len > SW_WINDOW_TEXT_MAX)
        return 0;
    n = len ? squeeze(p, text, len, buf + 1, len) : 0;
    buf[0] = n ? FORM_1 : FORM_PLAIN;
    if (!n) {
        memcpy(buf + 1, text, len);
        n = len;
    }
    crc = sw_crc16_modbus(buf, n + 1);
    buf[n + 1] = (unsigned char) (crc & 0xff);
    buf[n + 2] = (unsigned char) (crc >> 8);
    return n + SW_WINDOW_TEXT_EXTRA;
}

static int expand(struct sw_window_packer *p, const unsigned char *body, size_t len, char *buf, size_t cap,
                  size_t *ret_len)
{
    z_stream *z = &p->inflate;
    int rc;

    if (!p->has_inflate) {
        if (inflateInit2(z, -WINDOW_BITS) != Z_OK)
            return SW_E_NOMEM;
        p->has_inflate = true;
    } else if (inflateReset(z) != Z_OK) {
        return SW_E_CORRUPT;
    }
    if (inflateSetDictionary(z, dictionary_bytes(), sizeof(dictionary) - 1) != Z_OK)
        return SW_E_CORRUPT;
    z->next_in = (z_const Bytef *) body;
    z->avail_in = (uInt) len;
    z->next_out = (Bytef *) buf;
    z->avail_out = (uInt) cap;
    rc = inflate(z, Z_FINISH);
    if (rc == Z_BUF_ERROR && z->avail_out == 0)
        return SW_E_FULL;
    if (rc != Z_STREAM_END || z->avail_in)
        return SW_E_CORRUPT;
    *ret_len = cap - z->avail_out;
    return SW_OK;
}

int sw_window_unpack(struct sw_window_packer *p, const void *body, size_t len, char *buf, size_t cap, size_t *ret_len)
{
    const unsigned char *bytes = body;
    int rc;

    if (!sw_window_is_packed(body, len) || len > SW_WINDOW_TEXT_MAX + SW_WINDOW_TEXT_EXTRA ||
        sw_crc16_modbus(bytes, len) != 0)
        return SW_E_CORRUPT;
    if (cap == 0)
        return SW_E_FULL;
    cap = cap - 1 < SW_WINDOW_TEXT_MAX ? cap - 1 : SW_WINDOW_TEXT_MAX;
    if (bytes[0] == FORM_1) {
        rc = expand(p, bytes + 1, len - SW_WINDOW_TEXT_EXTRA, buf, cap, ret_len);
    } else {
        *ret_len = len - SW_WINDOW_TEXT_EXTRA;
        rc = *ret_len <= cap ? SW_OK : SW_E_FULL;
        if (rc == SW_OK)
            memcpy(buf, bytes + 1, *ret_len);
    }
    if (rc == SW_OK)
        buf[*ret_len] = '\0';
    return rc;
}
