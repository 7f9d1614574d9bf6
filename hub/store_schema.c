// SPDX-License-Identifier: Apache-2.0
/* Tables of the hub's file and the statements that write them. */
#include "hub/store_int.h"

#include <stdlib.h>
#include <string.h>

/* `state` is the newest document of each retained topic; `alert` one row each time it was raised; `source` the numbers
 * of a gateway's outbox that are accounted for, one row an epoch; `gap` what is missing of them, and what was; `shed`
 * what gap documents named. `window.body` and `revision.body` are as io/window_text.h packs them. Places are in
 * millionths of a degree. */
static const char version_1[] =
    "CREATE TABLE site(id INTEGER PRIMARY KEY, area TEXT NOT NULL, site TEXT NOT NULL, name TEXT NOT NULL DEFAULT '',"
    " address TEXT NOT NULL DEFAULT '', lat INTEGER, lon INTEGER, lamp INTEGER NOT NULL DEFAULT 0,"
    " simulated INTEGER NOT NULL DEFAULT 0, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, UNIQUE(area, site)) "
    "STRICT;"
    "CREATE TABLE gateway(id INTEGER PRIMARY KEY, site INTEGER NOT NULL REFERENCES site(id), gw TEXT NOT NULL,"
    " state TEXT NOT NULL DEFAULT '', boot TEXT NOT NULL DEFAULT '', state_us INTEGER, boot_us INTEGER,"
    " last_us INTEGER NOT NULL, skew_us INTEGER, pending INTEGER NOT NULL DEFAULT -1, UNIQUE(site, gw)) STRICT;"
    "CREATE TABLE source(id INTEGER PRIMARY KEY, gateway INTEGER NOT NULL REFERENCES gateway(id), epoch TEXT NOT NULL,"
    " low INTEGER NOT NULL, is_full INTEGER NOT NULL, runs BLOB NOT NULL, UNIQUE(gateway, epoch)) STRICT;"
    "CREATE TABLE gap(id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source(id), first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, since_us INTEGER NOT NULL, closed_us INTEGER) STRICT;"
    "CREATE INDEX gap_open ON gap(source, first) WHERE closed_us IS NULL;"
    "CREATE INDEX gap_closed ON gap(closed_us) WHERE closed_us IS NOT NULL;"
    "CREATE TABLE shed(source INTEGER NOT NULL, seq INTEGER NOT NULL, at_us INTEGER NOT NULL, class TEXT NOT NULL,"
    " reason TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY(source, seq)) STRICT;"
    "CREATE INDEX shed_at ON shed(at_us);";

/* Documents. */
static const char version_2[] =
    "CREATE TABLE sensor(id INTEGER PRIMARY KEY, site INTEGER NOT NULL REFERENCES site(id), sensor TEXT NOT NULL,"
    " UNIQUE(site, sensor)) STRICT;"
    "CREATE TABLE window(sensor INTEGER NOT NULL, period INTEGER NOT NULL, from_us INTEGER NOT NULL,"
    " to_us INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(sensor, period, from_us)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE state(site INTEGER NOT NULL, topic TEXT NOT NULL, ts_us INTEGER, received_us INTEGER NOT NULL,"
    " json TEXT NOT NULL, PRIMARY KEY(site, topic)) STRICT;"
    "CREATE TABLE ticket(id INTEGER PRIMARY KEY, site INTEGER NOT NULL REFERENCES site(id), ticket TEXT NOT NULL,"
    " revision INTEGER NOT NULL, status TEXT NOT NULL, category TEXT NOT NULL, class TEXT NOT NULL, lamp INTEGER NOT "
    "NULL,"
    " opened_us INTEGER NOT NULL, changed_us INTEGER NOT NULL, is_open INTEGER NOT NULL, json TEXT NOT NULL,"
    " UNIQUE(site, ticket)) STRICT;"
    "CREATE INDEX ticket_changed ON ticket(changed_us, id);"
    "CREATE INDEX ticket_of_site ON ticket(site, changed_us, id);"
    "CREATE INDEX ticket_open ON ticket(site) WHERE is_open = 1;"
    "CREATE TABLE revision(ticket INTEGER NOT NULL REFERENCES ticket(id), revision INTEGER NOT NULL, ts_us INTEGER NOT "
    "NULL,"
    " received_us INTEGER NOT NULL, status TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY(ticket, revision)) STRICT;"
    "CREATE TABLE ticket_event(site INTEGER NOT NULL, id TEXT NOT NULL, ticket TEXT NOT NULL, revision INTEGER NOT "
    "NULL,"
    " verb TEXT NOT NULL, at_us INTEGER NOT NULL, received_us INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(site, id)) STRICT;"
    "CREATE INDEX ticket_event_of ON ticket_event(site, ticket, revision);"
    "CREATE INDEX ticket_event_at ON ticket_event(at_us);"
    "CREATE TABLE event(site INTEGER NOT NULL, id TEXT NOT NULL, sensor TEXT NOT NULL, ts_us INTEGER NOT NULL,"
    " received_us INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY(site, id)) STRICT;"
    "CREATE INDEX event_at ON event(site, ts_us);"
    "CREATE INDEX event_ts ON event(ts_us);"
    "CREATE TABLE complaint(site INTEGER NOT NULL, by TEXT NOT NULL, id TEXT NOT NULL, service_request_id TEXT NOT "
    "NULL,"
    " at_us INTEGER NOT NULL, received_us INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY(site, by, id)) STRICT;"
    "CREATE INDEX complaint_at ON complaint(at_us);"
    "CREATE TABLE schedule(site INTEGER NOT NULL, ts_us INTEGER NOT NULL, revision INTEGER NOT NULL,"
    " received_us INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY(site, ts_us, revision)) STRICT;"
    "CREATE TABLE checkpoint(source INTEGER NOT NULL, seq INTEGER NOT NULL, ts_us INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(source, seq)) STRICT;"
    "CREATE INDEX checkpoint_ts ON checkpoint(ts_us);"
    "CREATE TABLE alert(id INTEGER PRIMARY KEY, site INTEGER NOT NULL, topic TEXT NOT NULL, code TEXT NOT NULL,"
    " severity TEXT NOT NULL, since_us INTEGER NOT NULL, received_us INTEGER NOT NULL, ended_us INTEGER,"
    " json TEXT NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX alert_active ON alert(site, topic) WHERE ended_us IS NULL;"
    "CREATE INDEX alert_ended ON alert(ended_us) WHERE ended_us IS NOT NULL;";

const struct sw_db_step store_steps[] = {{1, version_1}, {2, version_2}};
const size_t store_n_steps = SW_ARRAY_SIZE(store_steps);

const char *const store_statements[SQL__COUNT] = {
    [SQL_SITE_FIND] = "SELECT id FROM site WHERE area = ? AND site = ?",
    [SQL_SITE_NEW] =
        "INSERT INTO site(area, site, first_us, last_us) SELECT ?, ?, ?, ? WHERE (SELECT count(*) FROM site) < ?"
        " RETURNING id",
    [SQL_SITE_HEARD] = "UPDATE site SET last_us = ?2, simulated = ?3 WHERE id = ?1 AND (last_us < ?2 - 10000000 OR"
                       " simulated <> ?3)",
    [SQL_SITE_INFO] = "UPDATE site SET name = ?2, address = ?3, lat = ?4, lon = ?5 WHERE id = ?1",
    [SQL_SITE_LAMP] = "UPDATE site SET lamp = ?2, name = CASE WHEN ?3 = '' THEN name ELSE ?3 END WHERE id = ?1 AND"
                      " (lamp <> ?2 OR (?3 <> '' AND name <> ?3))",
    [SQL_GATEWAY_FIND] = "SELECT id, state, boot FROM gateway WHERE site = ? AND gw = ?",
    [SQL_GATEWAY_NEW] =
        "INSERT INTO gateway(site, gw, last_us) SELECT ?, ?, ? WHERE (SELECT count(*) FROM gateway WHERE"
        " site = ?1) < ? RETURNING id",
    [SQL_GATEWAY_HEARD] = "UPDATE gateway SET last_us = ?2 WHERE id = ?1 AND last_us < ?2 - 10000000",
    [SQL_GATEWAY_STATE] = "UPDATE gateway SET state = ?2, state_us = ?3 WHERE id = ?1",
    [SQL_GATEWAY_BOOT] = "UPDATE gateway SET boot = ?2, boot_us = ?3 WHERE id = ?1",
    [SQL_GATEWAY_SKEW_FIND] = "SELECT skew_us, skew_us IS NOT NULL FROM gateway WHERE id = ?",
    [SQL_GATEWAY_SKEW] = "UPDATE gateway SET skew_us = ?2, pending = ?3 WHERE id = ?1",
    [SQL_SOURCE_FIND] = "SELECT id, low, is_full, runs FROM source WHERE gateway = ? AND epoch = ?",
    [SQL_SOURCE_NEW] = "INSERT INTO source(gateway, epoch, low, is_full, runs) SELECT ?, ?, 0, 0, x'' WHERE"
                       " (SELECT count(*) FROM source WHERE gateway = ?1) < ?"
                       " RETURNING id",
    [SQL_SOURCE_WRITE] = "UPDATE source SET low = ?2, is_full = ?3, runs = ?4 WHERE id = ?1",
    [SQL_SENSOR_FIND] = "SELECT id FROM sensor WHERE site = ? AND sensor = ?",
    [SQL_SENSOR_NEW] =
        "INSERT INTO sensor(site, sensor) SELECT ?, ? WHERE (SELECT count(*) FROM sensor WHERE site = ?1) < ?"
        " RETURNING id",
    [SQL_WINDOW] = "INSERT OR IGNORE INTO window(sensor, period, from_us, to_us, body) VALUES(?, ?, ?, ?, ?)",
    [SQL_STATE] = "INSERT INTO state(site, topic, ts_us, received_us, json) SELECT ?1, ?2, ?3, ?4, ?5 WHERE"
                  " EXISTS(SELECT 1 FROM state WHERE site = ?1 AND topic = ?2) OR"
                  " (SELECT count(*) FROM state WHERE site = ?1) < ?6"
                  " ON CONFLICT(site, topic) DO UPDATE SET ts_us = ?3, received_us = ?4, json = ?5 WHERE json <> ?5",
    [SQL_TICKET_FIND] = "SELECT id, revision FROM ticket WHERE site = ? AND ticket = ?",
    [SQL_TICKET_NEW] =
        "INSERT INTO ticket(site, ticket, revision, status, category, class, lamp, opened_us, changed_us,"
        " is_open, json) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    [SQL_TICKET_NEWER] = "UPDATE ticket SET revision = ?2, status = ?3, category = ?4, class = ?5, lamp = ?6,"
                         " opened_us = ?7, changed_us = ?8, is_open = ?9, json = ?10 WHERE id = ?1",
    [SQL_REVISION] = "INSERT OR IGNORE INTO revision(ticket, revision, ts_us, received_us, status, body)"
                     " VALUES(?, ?, ?, ?, ?, ?)",
    [SQL_TICKET_EVENT] =
        "INSERT OR IGNORE INTO ticket_event(site, id, ticket, revision, verb, at_us, received_us, json)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_EVENT] = "INSERT OR IGNORE INTO event(site, id, sensor, ts_us, received_us, json) VALUES(?, ?, ?, ?, ?, ?)",
    [SQL_COMPLAINT] = "INSERT OR IGNORE INTO complaint(site, by, id, service_request_id, at_us, received_us, json)"
                      " VALUES(?, ?, ?, ?, ?, ?, ?)",
    [SQL_SCHEDULE] = "INSERT OR IGNORE INTO schedule(site, ts_us, revision, received_us, json)"
                     " SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?3 IS NOT"
                     " (SELECT revision FROM schedule WHERE site = ?1 ORDER BY ts_us DESC LIMIT 1)",
    [SQL_CHECKPOINT] = "INSERT OR IGNORE INTO checkpoint(source, seq, ts_us, json) VALUES(?, ?, ?, ?)",
    [SQL_SHED] = "INSERT OR IGNORE INTO shed(source, seq, at_us, class, reason, json) VALUES(?, ?, ?, ?, ?, ?)",
    [SQL_ALERT_FIND] = "SELECT id, since_us FROM alert WHERE site = ? AND topic = ? AND ended_us IS NULL",
    [SQL_ALERT_NEW] = "INSERT INTO alert(site, topic, code, severity, since_us, received_us, json)"
                      " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE"
                      " (SELECT count(*) FROM alert WHERE site = ?1 AND ended_us IS NULL) < ?8",
    [SQL_ALERT_AGAIN] = "UPDATE alert SET json = ?2, severity = ?3 WHERE id = ?1 AND json <> ?2",
    [SQL_ALERT_END] = "UPDATE alert SET ended_us = ?3 WHERE site = ?1 AND topic = ?2 AND ended_us IS NULL",
    [SQL_GAP_OPEN] = "SELECT id, first, last, since_us FROM gap WHERE source = ? AND closed_us IS NULL ORDER BY first",
    [SQL_GAP_NEW] = "INSERT INTO gap(source, first, last, since_us) VALUES(?, ?, ?, ?)",
    [SQL_GAP_CLOSE] = "UPDATE gap SET closed_us = ?2 WHERE id = ?1",
    [SQL_GAP_DROP] = "DELETE FROM gap WHERE id = ?",
};

/* Minutes for "20m" and "1h"; below zero for what is no length. */
int store_period(const char *period)
{
    static const char *const names[] = {"day", "evening", "night"};
    char *end = NULL;
    long n;

    for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++)
        if (strcmp(names[i], period) == 0)
            return -1 - (int) i;
    n = strtol(period, &end, 10);
    if (end == period || n < 1 || n > 44640 || (strcmp(end, "m") != 0 && strcmp(end, "h") != 0))
        return 0;
    return (int) (end[0] == 'h' ? 60 * n : n);
}
