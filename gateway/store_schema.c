// SPDX-License-Identifier: Apache-2.0
/* The store's schema, one step a version. A step that shipped is never edited: changes are a new step, and each
 * version has a small dump under tests/data/store from which a test migrates. */
#include "gateway/store_int.h"

/* Why these keys: everything is appended at the right end of its tree, so that a commit writes few pages.
 * `block` and `window` are keyed by time first for that reason, and because the oldest go first.
 * `block.minute` is the minute of arrival; from_us and to_us are the earliest and latest time of measurement in it.
 * `outbox.id` is the lane in the top byte and a counter below: each lane is a range in order of posting. */
static const char version_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE sensor(num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE tail(id INTEGER PRIMARY KEY, t_us INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE block(minute INTEGER NOT NULL, sensor INTEGER NOT NULL REFERENCES sensor(num),"
    " quantity INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL, body BLOB NOT NULL,"
    " PRIMARY KEY(minute, sensor, quantity)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE window(period TEXT NOT NULL, from_us INTEGER NOT NULL, sensor TEXT NOT NULL, to_us INTEGER NOT NULL,"
    " json TEXT NOT NULL, PRIMARY KEY(period, from_us, sensor)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE watermark(sensor TEXT NOT NULL, period TEXT NOT NULL, to_us INTEGER NOT NULL,"
    " PRIMARY KEY(sensor, period)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ticket(id TEXT PRIMARY KEY, matter_key TEXT NOT NULL, status TEXT NOT NULL,"
    " revision INTEGER NOT NULL, changed_us INTEGER NOT NULL, json TEXT NOT NULL) STRICT;"
    "CREATE INDEX ticket_changed ON ticket(changed_us);"
    "CREATE TABLE rule_state(sensor TEXT NOT NULL, rule TEXT NOT NULL, body BLOB NOT NULL,"
    " PRIMARY KEY(sensor, rule)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, seq INTEGER, lane INTEGER NOT NULL, topic TEXT NOT NULL,"
    " retain INTEGER NOT NULL, expiry_s INTEGER NOT NULL, props TEXT, payload BLOB NOT NULL) STRICT;";

/* `schedule` is what the engine was given, one row a revision; `config` the files that a configuration was read from;
 * `run` one row a start: from when to when, with which configuration, and the first reading that is its own. Together
 * with the readings they are everything that a replay needs. */
static const char version_2[] =
    "CREATE TABLE schedule(revision INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE config(sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, boot TEXT NOT NULL, config TEXT NOT NULL, start_us INTEGER NOT NULL,"
    " until_us INTEGER NOT NULL, stopped INTEGER NOT NULL, first_number INTEGER NOT NULL) STRICT;";

/* `media` is one row an attempt to take a picture, the failed ones too: sha256 is NULL for these. The pictures are
 * files beside the database, named by their hash; gone_us is when retention took the file. `act` is what the gateway
 * did to the world: outputs switched, registers written. */
static const char version_3[] =
    "CREATE TABLE media(id INTEGER PRIMARY KEY, sha256 TEXT, kind TEXT NOT NULL, content_type TEXT, bytes INTEGER,"
    " camera TEXT NOT NULL, sensor TEXT, event TEXT, ticket TEXT, requested_us INTEGER NOT NULL, taken_us INTEGER,"
    " latency_ms INTEGER, first_byte_ms INTEGER, status INTEGER, error TEXT, gone_us INTEGER) STRICT;"
    "CREATE INDEX media_sha256 ON media(sha256) WHERE sha256 IS NOT NULL;"
    "CREATE INDEX media_kept ON media(taken_us) WHERE sha256 IS NOT NULL AND gone_us IS NULL;"
    "CREATE TABLE act(id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,"
    " json TEXT NOT NULL) STRICT;"
    "CREATE INDEX act_at ON act(at_us);";

/* `chain` is one row an entry. `body` is kept where it stands nowhere else (readings' leaves, clock, key, boot; of
 * config and schedule a small object with the hash of the text). Else `ref`, `a`, `b` say where the body's JSON is:
 *   readings  a, b = first and last arrival number; ref = "{minute of arrival}/{monotonic minute}"
 *   window    ref = "{period}/{sensor}", a = from_us
 *   ticket    ticket_revision.n, ref = its id, a = revision;  command  command.n, ref = its id
 *   output    act.id = a, ref = its subject;  config  ref = the configuration's sha256;  schedule  a = revision
 * `hash` follows from the entry before and `sha256`; it is kept so that a break is found where it is.
 * `ticket_revision` and `command` are keyed by the entry's number.
 * `window` gets row ids: a window of one minute takes about 1,050 bytes, and a tree without row ids keeps only 1,002 of
 * a row in a page of 4 KB: the rest would need a page of its own, 2.2 KB a row in all. */
static const char version_4[] =
    "CREATE TABLE window_4(period TEXT NOT NULL, from_us INTEGER NOT NULL, sensor TEXT NOT NULL, to_us INTEGER NOT "
    "NULL,"
    " json TEXT NOT NULL, PRIMARY KEY(period, from_us, sensor)) STRICT;"
    "INSERT INTO window_4(period, from_us, sensor, to_us, json)"
    " SELECT period, from_us, sensor, to_us, json FROM window ORDER BY to_us;"
    "DROP TABLE window;"
    "ALTER TABLE window_4 RENAME TO window;"
    "CREATE TABLE chain(n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, at_us INTEGER NOT NULL, ref TEXT, a INTEGER,"
    " b INTEGER, body BLOB, sha256 BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE INDEX chain_key ON chain(n) WHERE kind = 9;"
    "CREATE TABLE ticket_revision(n INTEGER PRIMARY KEY, ticket TEXT NOT NULL, revision INTEGER NOT NULL,"
    " json TEXT NOT NULL) STRICT;"
    "CREATE INDEX ticket_revision_of ON ticket_revision(ticket, revision);"
    "CREATE TABLE command(n INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,"
    " id TEXT NOT NULL, content TEXT NOT NULL, json TEXT NOT NULL, answer TEXT) STRICT;"
    "CREATE UNIQUE INDEX command_key ON command(actor, id);"
    "CREATE INDEX command_at ON command(at_us);"
    "CREATE INDEX command_answered ON command(at_us) WHERE answer IS NOT NULL;"
    "CREATE TABLE complaint(service_request_id TEXT PRIMARY KEY, at_us INTEGER NOT NULL, occurred_us INTEGER NOT NULL,"
    " service_code TEXT NOT NULL, caller_ref TEXT NOT NULL, distance_m INTEGER NOT NULL, code TEXT NOT NULL,"
    " outcome TEXT NOT NULL, ticket TEXT NOT NULL, window_us INTEGER NOT NULL DEFAULT 0,"
    " counted_in TEXT NOT NULL DEFAULT '', is_repeat_caller INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX complaint_at ON complaint(at_us);";

/* `outbox.todo` names as bits the destinations that a row still waits for (meta `destinations` says whose they are),
 * `class` what may become of it while it waits (enum sw_document_class), at_us when it was put. The index finds the
 * unsent document of a ticket; windows are not in it. `gap` holds runs of numbers that will never be sent, until they
 * are announced; todo there names who misses them. */
#define OUTBOX_5                                                                                                       \
    "ALTER TABLE outbox ADD COLUMN todo INTEGER NOT NULL DEFAULT 1;"                                                   \
    "ALTER TABLE outbox ADD COLUMN class INTEGER NOT NULL DEFAULT 0;"                                                  \
    "ALTER TABLE outbox ADD COLUMN at_us INTEGER;"                                                                     \
    "UPDATE outbox SET class = CASE WHEN topic GLOB 'sensor/*/agg/1m' THEN 2 WHEN topic GLOB 'sensor/*/agg/*' THEN 3"  \
    " ELSE 1 END WHERE topic GLOB 'sensor/*/agg/*' OR (topic GLOB 'ticket/*' AND retain = 1 AND seq IS NOT NULL);"     \
    "CREATE INDEX outbox_ticket ON outbox(topic) WHERE class = 1;"                                                     \
    "CREATE TABLE gap(first INTEGER PRIMARY KEY, last INTEGER NOT NULL, class INTEGER NOT NULL,"                       \
    " reason INTEGER NOT NULL, todo INTEGER NOT NULL) STRICT;"

/* `block.id` is minute of arrival × 2^24 + sensor × 2^8 + quantity: appended at the right end, without a second tree
 * for the key. `window.body` is the document as io/window_text.h packs it; SQL reads window_json(body). */
#define FORM_5                                                                                                         \
    "CREATE TABLE block_5(id INTEGER PRIMARY KEY, body BLOB NOT NULL, minute INTEGER NOT NULL AS (id >> 24) VIRTUAL,"  \
    " sensor INTEGER NOT NULL AS ((id >> 8) & 65535) VIRTUAL, quantity INTEGER NOT NULL AS (id & 255) VIRTUAL)"        \
    " STRICT;"                                                                                                         \
    "INSERT INTO block_5(id, body) SELECT (minute << 24) + (sensor << 8) + quantity, body FROM block ORDER BY 1;"      \
    "DROP TABLE block;"                                                                                                \
    "ALTER TABLE block_5 RENAME TO block;"                                                                             \
    "CREATE TABLE window_5(period TEXT NOT NULL, from_us INTEGER NOT NULL, sensor TEXT NOT NULL,"                      \
    " to_us INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(period, from_us, sensor)) STRICT;"                       \
    "INSERT INTO window_5(period, from_us, sensor, to_us, body)"                                                       \
    " SELECT period, from_us, sensor, to_us, window_pack(json) FROM window ORDER BY to_us;"                            \
    "DROP TABLE window;"                                                                                               \
    "ALTER TABLE window_5 RENAME TO window;"

/* The tail is a view of four tables that take its rows in turn: so each stays within its one page, and a commit of
 * readings alone writes that page and no other. `until_us` is how far the run had got, for the same reason. */
#define TAIL_TABLE(n)                                                                                                  \
    "CREATE TABLE tail_" n "(id INTEGER PRIMARY KEY, t_us INTEGER NOT NULL, body BLOB NOT NULL, until_us INTEGER)"     \
    " STRICT;"
#define TAIL_INSERT(n)                                                                                                 \
    " INSERT INTO tail_" n " SELECT NEW.id, NEW.t_us, NEW.body, NEW.until_us WHERE NEW.id % 4 = " n ";"
#define TAIL_DELETE(n) " DELETE FROM tail_" n " WHERE id = OLD.id;"
#define TAIL_UPDATE(n) " UPDATE tail_" n " SET until_us = NEW.until_us WHERE id = OLD.id;"
#define OF_EACH(f) f("0") f("1") f("2") f("3")
#define TAIL_TRIGGER(name, event, of_table)                                                                            \
    "CREATE TRIGGER " name " INSTEAD OF " event " ON tail BEGIN" OF_EACH(of_table) " END;"

#define TAIL_5                                                                                                         \
    OF_EACH(TAIL_TABLE)                                                                                                \
    "INSERT INTO tail_0(id, t_us, body) SELECT id, t_us, body FROM tail;"                                              \
    "DROP TABLE tail;"                                                                                                 \
    "CREATE VIEW tail(id, t_us, body, until_us) AS SELECT * FROM tail_0 UNION ALL SELECT * FROM tail_1"                \
    " UNION ALL SELECT * FROM tail_2 UNION ALL SELECT * FROM tail_3;" TAIL_TRIGGER(                                    \
        "tail_insert", "INSERT", TAIL_INSERT) TAIL_TRIGGER("tail_delete", "DELETE", TAIL_DELETE)                       \
        TAIL_TRIGGER("tail_update", "UPDATE OF until_us", TAIL_UPDATE)

static const char version_5[] = OUTBOX_5 FORM_5 TAIL_5;

/* How far windows were closed is told by their entries in the chain; `watermark` is brought up to date once an hour,
 * and before entries go: meta `marked` is the entry up to which it is. A page less with every minute. */
static const char version_6[] =
    /* a key is one of a door, and a forgotten one may be used again: the ledger sees to it, not the index */
    "DROP INDEX command_key; CREATE INDEX command_key ON command(actor, id);"
    "UPDATE rule_state SET body = window_pack(CAST(body AS TEXT));" /* what a model learnt is 8 KB an hour and sensor */
    "INSERT INTO meta SELECT 'marked', CAST(ifnull(max(n), 0) AS TEXT) FROM chain;"
    "CREATE VIEW mark(sensor, period, to_us) AS SELECT sensor, period, max(to_us) FROM (SELECT sensor, period, to_us"
    " FROM watermark UNION ALL SELECT substr(ref, instr(ref, '/') + 1), substr(ref, 1, instr(ref, '/') - 1), at_us"
    " FROM chain WHERE n > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'marked') AND kind = 2)"
    " GROUP BY sensor, period;";

const struct sw_db_step store_steps[] = {
    {1, version_1}, {2, version_2}, {3, version_3}, {4, version_4}, {5, version_5}, {6, version_6},
};
const size_t store_steps_n = SW_ARRAY_SIZE(store_steps);

#define NTH_(n) #n
#define NTH(n) NTH_(n) /* the one behind the last that is kept is not deleted either: one more does no harm */

#define OUTBOX_FACTS                                                                                                   \
    "SELECT id, seq, length(topic) + length(payload) + ifnull(length(props), 0), todo, class FROM outbox"

#define BLOCK_ID "((?1 << 24) + (?2 << 8) + ?3)"

/* One statement a line; prepared when the store opens. */
const char *const store_sql[STORE_STMT__COUNT] = {
    [STORE_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [STORE_META_PUT] =
        "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
    [STORE_SENSOR_GET] = "SELECT num FROM sensor WHERE id = ?1",
    [STORE_SENSOR_PUT] = "INSERT INTO sensor(id) VALUES(?1)",
    /* the first row of a minute goes into the table from which the fold takes the first row of the minute before */
    [STORE_TAIL_PUT] = "INSERT INTO tail(id, t_us, body, until_us) SELECT CASE WHEN min(t_us) >= ?4 THEN"
                       " max(id) + 1 ELSE (ifnull(max(id), 0) / 4 + 1) * 4 END, ?1, ?2, ?3 FROM tail",
    [STORE_TAIL_NEXT] = "SELECT min(t_us) FROM tail WHERE t_us >= ?1",
    [STORE_TAIL_RANGE] = "SELECT body FROM tail WHERE t_us >= ?1 AND t_us < ?2 ORDER BY id",
    [STORE_TAIL_DELETE] = "DELETE FROM tail WHERE t_us >= ?1 AND t_us < ?2",
    [STORE_BLOCK_GET] = "SELECT body FROM block WHERE id = " BLOCK_ID,
    [STORE_BLOCK_PUT] = "INSERT OR REPLACE INTO block(id, body) VALUES(" BLOCK_ID ", ?4)",
    [STORE_BLOCK_OLDEST] = "SELECT min(id) >> 24 FROM block",
    [STORE_BLOCK_DELETE] = "DELETE FROM block WHERE id < ?1 << 24",
    [STORE_BLOCK_TAKE] = "DELETE FROM block WHERE id = " BLOCK_ID,
    [STORE_BLOCK_NEXT] = "SELECT min(id) >> 24 FROM block WHERE id >= ?1 << 24",
    [STORE_BLOCK_SERIES] = "SELECT id & 0xffffff AS series FROM block WHERE id >= ?1 << 24 AND id < ?2 << 24"
                           " AND (id & 0xffffff) > ?3 GROUP BY 1"
                           " HAVING count(*) > 1 AND sum(length(body)) <= count(*) * 128 ORDER BY 1 LIMIT ?4",
    [STORE_WINDOW_PUT] =
        "INSERT OR REPLACE INTO window(period, from_us, sensor, to_us, body) VALUES(?1, ?2, ?3, ?4, window_pack(?5))",
    [STORE_WINDOW_DELETE] = "DELETE FROM window WHERE from_us < ?1 AND period = ?2",
    [STORE_WINDOW_OLDEST] = "SELECT min(from_us) FROM window WHERE period = ?1",
    [STORE_PERIODS] = "SELECT DISTINCT period FROM watermark ORDER BY period",
    [STORE_MARKS_TAKE] =
        "INSERT OR REPLACE INTO watermark(sensor, period, to_us) SELECT sensor, period, to_us FROM mark",
    [STORE_TICKET_PUT] = "INSERT OR REPLACE INTO ticket(id, matter_key, status, revision, changed_us, json)"
                         " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [STORE_REVISION_PUT] = "INSERT INTO ticket_revision(n, ticket, revision, json) VALUES(?1, ?2, ?3, ?4)",
    [STORE_REVISION_NTH] = "SELECT n FROM ticket_revision ORDER BY n DESC LIMIT 1 OFFSET " NTH(STORE_REVISIONS_MAX),
    [STORE_REVISION_DELETE] = "DELETE FROM ticket_revision WHERE n < ?1",
    [STORE_STATE_PUT] = "INSERT OR REPLACE INTO rule_state(sensor, rule, body) VALUES(?1, ?2, window_pack(?3))",
    [STORE_SCHEDULE_PUT] = "INSERT INTO schedule(revision, at_us, body) VALUES(?1, ?2, ?3)"
                           " ON CONFLICT(revision) DO UPDATE SET body = excluded.body RETURNING at_us",
    [STORE_SCHEDULE_LAST_TOO_OLD] = "SELECT max(revision) FROM (SELECT revision,"
                                    " sum(length(body)) OVER (ORDER BY revision DESC) AS bytes,"
                                    " row_number() OVER (ORDER BY revision DESC) AS n FROM schedule)"
                                    " WHERE n > 1 AND (n > ?1 OR bytes > ?2)",
    [STORE_SCHEDULE_DELETE] = "DELETE FROM schedule WHERE revision < ?1",
    [STORE_CONFIG_PUT] = "INSERT OR REPLACE INTO config(sha256, body) VALUES(?1, ?2)",
    [STORE_CONFIG_TRIM] = "SELECT sha256 FROM config WHERE rowid <= (SELECT max(rowid) FROM config) - ?1"
                          " ORDER BY rowid LIMIT 1",
    [STORE_CONFIG_DELETE] = "DELETE FROM config WHERE sha256 = ?1",
    [STORE_RUN_PUT] = "INSERT INTO run(boot, config, start_us, until_us, stopped, first_number)"
                      " VALUES(?1, ?2, ?3, ?3, 0, ?4)",
    [STORE_RUN_TRIM] = "DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ?1",
    [STORE_RUN_TIME] = "UPDATE run SET until_us = max(until_us, ?1), stopped = ?2"
                       " WHERE id = (SELECT max(id) FROM run)",
    [STORE_RUN_TIME_OF_TAIL] = "UPDATE run SET until_us = max(until_us, ifnull((SELECT max(until_us) FROM tail),"
                               " until_us)) WHERE id = (SELECT max(id) FROM run)",
    [STORE_TAIL_FORGET_TIME] = "UPDATE tail SET until_us = NULL",
    [STORE_MEDIA_PUT] = "INSERT INTO media(sha256, kind, content_type, bytes, camera, sensor, event, ticket,"
                        " requested_us, taken_us, latency_ms, first_byte_ms, status, error)"
                        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    [STORE_MEDIA_TRIM] = "DELETE FROM media WHERE id <= (SELECT max(id) FROM media) - ?1"
                         " AND (sha256 IS NULL OR gone_us IS NOT NULL)",
    [STORE_MEDIA_GONE] = "UPDATE media SET gone_us = ?2 WHERE sha256 = ?1 AND gone_us IS NULL",
    [STORE_ACT_PUT] = "INSERT INTO act(at_us, kind, subject, json) VALUES(?1, ?2, ?3, ?4) RETURNING id",
    [STORE_ACT_NEWEST] = "SELECT max(id) FROM act",
    [STORE_ACT_DELETE] = "DELETE FROM act WHERE id < ?1",
    [STORE_COMMAND_PUT] = "INSERT INTO command(n, at_us, kind, actor, id, content, json, answer)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STORE_COMMAND_FORGET] = "UPDATE command SET answer = NULL WHERE at_us < ?1 AND answer IS NOT NULL",
    [STORE_COMMAND_NTH] = "SELECT n FROM command ORDER BY n DESC LIMIT 1 OFFSET " NTH(STORE_COMMANDS_MAX),
    [STORE_COMMAND_DELETE] = "DELETE FROM command WHERE n < ?1",
    [STORE_COMPLAINT_PUT] =
        "INSERT INTO complaint(service_request_id, at_us, occurred_us, service_code, caller_ref, distance_m, code,"
        " outcome, ticket, window_us, counted_in, is_repeat_caller)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " ON CONFLICT(service_request_id) DO UPDATE SET counted_in = excluded.counted_in",
    [STORE_COMPLAINT_DELETE] = "DELETE FROM complaint WHERE at_us < ?1",
    [STORE_CHAIN_PUT] = "INSERT INTO chain(n, kind, at_us, ref, a, b, body, sha256, hash)"
                        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [STORE_CHAIN_OLDEST] = "SELECT min(n) FROM chain",
    [STORE_CHAIN_DELETE] = "DELETE FROM chain WHERE n < ?1",
    [STORE_SENSOR_NAME] = "SELECT id FROM sensor WHERE num = ?1",
    [STORE_OUTBOX_PUT] =
        "INSERT INTO outbox(id, seq, lane, topic, retain, expiry_s, props, payload, todo, class, at_us)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [STORE_OUTBOX_GET] = OUTBOX_FACTS " WHERE id = ?1",
    [STORE_OUTBOX_TICKET] = OUTBOX_FACTS " WHERE topic = ?1 AND class = 1 ORDER BY id",
    [STORE_OUTBOX_OF_CLASS] = OUTBOX_FACTS " WHERE id > ?1 AND id < ?2 AND class = ?3 ORDER BY id",
    [STORE_OUTBOX_TAKE_OFF] = "UPDATE outbox SET todo = ?2 WHERE id = ?1",
    [STORE_OUTBOX_DELETE] = "DELETE FROM outbox WHERE id = ?1",
    [STORE_OUTBOX_HAS] = "SELECT 1 FROM outbox WHERE id = ?1 AND todo & ?2",
    [STORE_OUTBOX_NEXT] = "SELECT id, seq, topic, retain, expiry_s, props, payload FROM outbox"
                          " WHERE id > ?1 AND id <= ?2 AND todo & ?4 ORDER BY id LIMIT ?3",
    [STORE_OUTBOX_BOUNDARY] = "SELECT id FROM outbox WHERE id > ?1 AND id < ?2"
                              " AND (at_us IS NULL OR at_us <= ?3 OR at_us > ?4)"
                              " ORDER BY id DESC LIMIT 1",
    [STORE_OUTBOX_COUNT] = "SELECT count(*) FROM outbox WHERE id > ?1 AND id < ?2 AND todo & ?3",
    [STORE_OUTBOX_OLDEST] = "SELECT at_us FROM outbox WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT 1",
    [STORE_GAP_PUT] = "INSERT INTO gap(first, last, class, reason, todo) VALUES(?1, ?1, ?2, ?3, ?4)",
    [STORE_GAP_AGAIN] = "UPDATE gap SET todo = todo | ?4 WHERE last >= ?1"
                        " AND first = (SELECT max(first) FROM gap WHERE first <= ?1)",
    [STORE_GAP_EXTEND] = "UPDATE gap SET last = ?1 WHERE first = (SELECT max(first) FROM gap WHERE first < ?1)"
                         " AND last = ?1 - 1 AND class = ?2 AND reason = ?3 AND todo = ?4",
    [STORE_GAP_JOIN_BEFORE] = "UPDATE gap SET last = max(last, ?1), todo = todo | ?4 WHERE first ="
                              " (SELECT first FROM gap WHERE first < ?1 AND class = ?2 AND reason = ?3"
                              " ORDER BY first DESC LIMIT 1)",
    [STORE_GAP_JOIN_AFTER] = "UPDATE gap SET first = ?1, todo = todo | ?4 WHERE first ="
                             " (SELECT first FROM gap WHERE first > ?1 AND class = ?2 AND reason = ?3"
                             " ORDER BY first LIMIT 1)",
    [STORE_GAP_FIND] = "SELECT class, reason FROM gap WHERE todo & ?1 ORDER BY first LIMIT 1",
    [STORE_GAP_RUNS] = "SELECT first, last FROM gap WHERE class = ?1 AND reason = ?2 ORDER BY first",
    [STORE_GAP_DELETE] = "DELETE FROM gap WHERE class = ?1 AND reason = ?2 AND first <= ?3",
};
