// SPDX-License-Identifier: Apache-2.0
/* What the files of the hub's interface share. */
#ifndef SW_HUB_API_INT_H
#define SW_HUB_API_INT_H

#include <jansson.h>

#include "common/clock.h"
#include "common/mailbox.h"
#include "hub/api.h"
#include "hub/ask.h"
#include "hub/evidence.h"
#include "io/accounts.h"
#include "io/static.h"

#define API "/api/v1/"
#define API_INVALID "urn:siteward:error:invalid"
#define API_NOT_FOUND "urn:siteward:error:not-found"
#define API_KEY_BYTES 32

struct hub_api {
    const struct sw_hub *conf;
    struct hub *hub;
    struct sw_clock clock;
    struct sw_mailbox *happened; /* struct happened, from the store's thread */
    struct hub_reader *reader;
    struct hub_ask *ask;
    struct sw_accounts *accounts;
    struct sw_http *http;
    struct sw_static *pages; /* NULL: none are installed */
    struct sw_sse *events;
    struct sw_source *on_happened, *retry;
    char why[256];
    unsigned char key[API_KEY_BYTES]; /* of caller_ref */
    uint64_t next_id, dropped_total;
};

/** A site as pages need it. */
struct api_site {
    int64_t id, summary_ts_us, last_us;
    bool is_simulated, has_point;
    double lat, lon;
    enum hub_lamp lamp;
    char area[HUB_AREA_SIZE], site[SW_ID_SIZE], name[SW_NAME_SIZE], address[SW_NAME_SIZE];
};
void api_site_take(const struct hub_site_row *row, struct api_site *ret);
/** What time it is there: ours, but on a simulated site that of its newest summary. */
int64_t api_site_now_us(const struct hub_api *a, const struct api_site *s);
/** By area and id out of path or query; NULL area = whichever has the id. @return false: the problem is written */
bool api_site_find(struct hub_api *a, const char *area, const char *id, struct api_site *ret,
                   struct sw_http_response *rs);

void api_write_json(struct sw_http_response *rs, const json_t *j);
/** A number of the query. @return false: the problem is written */
bool api_query_int(const struct sw_http_request *rq, const char *key, int64_t dflt, int64_t least, int64_t most,
                   int64_t *ret, struct sw_http_response *rs);
/** An instant of the query, RFC 3339. */
bool api_query_time(const struct sw_http_request *rq, const char *key, int64_t dflt, int64_t *ret,
                    struct sw_http_response *rs);
/** Bbox or point: a double out of text. @return behind it; NULL */
const char *api_read_degrees(const char *text, double most, double *ret);
/** The store did not answer. */
void api_store_failed(struct sw_http_response *rs, const struct sw_err *err);
/** An answer of a gateway (siteward.res/1.0) becomes ours: problem, status, ETag. NULL = none came: 504 */
void api_write_res(struct sw_http_response *rs, const char *answer, size_t len);

/** api_match.c: which sites are meant. @return how many, the best first; those that fit less well are left out */
#define API_CANDIDATES_MAX 20
int api_match(struct hub_api *a, const char *typed, struct api_site *ret, size_t cap, struct sw_err *err);
int api_nearest(struct hub_api *a, double lat, double lon, struct api_site *ret, struct sw_err *err); /* 1, 0 none */
/** The one site of a question or a complaint, out of site, address or point.
 *  @return false: it is answered (a list of candidates, or a problem) */
bool api_resolve(struct hub_api *a, const char *site, const char *address, bool has_point, double lat, double lon,
                 struct api_site *ret, struct sw_http_response *rs);

/** Metres, to 50; -1 = the site does not say where it is. */
int32_t api_distance_m(const struct api_site *s, double lat, double lon);

/** Pages. */
void api_page_answer(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_sites(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_series(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_public(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_tickets(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_ticket(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_command(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);
void api_page_complaint(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);

#endif
