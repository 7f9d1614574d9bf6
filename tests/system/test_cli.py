# SPDX-License-Identifier: Apache-2.0
"""The face of `siteward`: help, unknown words, exit codes, and the commands that talk to a daemon, against a stand-in
that speaks real HTTP on a real unix socket."""
import http.server
import json
import os
import socketserver
import threading

import pytest

COMMANDS = ["check", "pack", "replay", "schedule", "status", "sensors", "tickets", "sim"]


def test_help_lists_every_command_and_begins_with_examples(siteward):
    run = siteward("--help")
    assert run.code == 0 and run.err == ""
    for name in COMMANDS:
        assert f"\n  {name}" in run.out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_begins_with_examples(siteward, name):
    run = siteward(name, "--help")
    assert run.code == 0 and run.err == ""
    lines = run.out.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"  siteward {name}"))
    assert first <= 2, "an example stands before everything else"


def test_version_is_one_line(siteward):
    run = siteward("--version")
    assert run.code == 0 and run.out.startswith("siteward ") and run.out.count("\n") == 1


@pytest.mark.parametrize("typed, meant", [("replya", "replay"), ("chek", "check"), ("tickest", "tickets"),
                                          ("Status", "status")])
def test_an_unknown_command_is_answered_with_the_one_that_was_meant(siteward, typed, meant):
    run = siteward(typed)
    assert run.code == 1 and run.out == ""
    assert f"did you mean '{meant}'" in run.err


def test_a_word_near_nothing_gets_no_guess(siteward):
    run = siteward("xyzzyplugh")
    assert run.code == 1 and "did you mean" not in run.err and "--help" in run.err


@pytest.mark.parametrize("name", ["replay", "status", "sensors", "tickets", "sim"])
def test_an_unknown_option_points_at_the_help(siteward, name):
    run = siteward(name, "--no-such-option")
    assert run.code == 1 and run.out == "" and f"siteward {name} --help" in run.err


@pytest.mark.parametrize("date, is_told", [("2026-01-01", False), ("2099-12-31", True)], ids=["past", "to-come"])
def test_a_background_of_a_day_to_come_is_told(siteward, tmp_path, date, is_told):
    path = tmp_path / "site.yaml"
    path.write_text("site: {id: s1, area: gb-cmd, timezone: Europe/London, packs: [cn-gb12523-2025]}\n"
                    f"sensors: {{n: {{quantity: LAeq, background: {{level: 48, date: {date}, place: gate}}}}}}\n"
                    "responsibility: [{unit: U, lead: true}]\n")
    run = siteward("check", "-c", path)
    assert run.code == 0, run.err
    assert ("background was measured on 2099-12-31, which is still to come" in run.out) == is_told, run.out


def test_a_full_disk_is_told(siteward, make_site, night_pour, bin_dir):
    import subprocess
    with open("/dev/full", "w") as full:
        done = subprocess.run([bin_dir / "siteward", "replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings",
                               night_pour], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1 and b"standard output" in done.stderr


# A daemon's side of the socket ----------------------------------------------------------------------------------------

ROW = {"id": "north-gate-noise", "name": "北门噪声", "kind": "noise", "quantity": "LAeq", "unit": "dBA", "value": 63.2,
       "level": 54.9, "limit": 55.0, "state": "forecast", "budget_s": 560, "crosses_at": "2026-03-02T22:03:13.000+08:00",
       "ts": "2026-03-02T21:53:43.000+08:00"}
DEAD = ROW | {"id": "south-gate-noise", "name": "南门噪声", "value": None, "level": None, "limit": None, "state": "nodata",
              "budget_s": None, "crosses_at": None, "ts": None}
STATUS = {"schema": "siteward.status-page/1.0", "ts": "2026-03-02T21:53:44.000+08:00",
          "site": {"id": "pd-0042", "name": "丁香路 12-3 地块"}, "uplink": {"connected": True, "pending": 3},
          "store": {"pending": 0}, "sensors": [ROW, DEAD], "tickets": {"open": 1, "overdue": 0}}
TICKET = {"schema": "siteward.ticket/1.0", "id": "sw-7k2m4q5xza", "number": "PD0042-20260302-007", "revision": 1,
          "ts": "2026-03-02T21:53:43.000+08:00", "class": "A", "status": "dispatched", "stage": "forecast",
          "title": {"zh-CN": "夜间施工噪声将超标", "en": "Night limit will be passed"}, "assignee": {"unit": "某某建设 项目部"}}


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Handler(http.server.BaseHTTPRequestHandler):
    answers = {}

    def do_GET(self):
        status, body = self.answers.get(self.path, (404, {"title": "Not found", "detail": "no such page"}))
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "unix"

    def log_message(self, *args):
        pass


@pytest.fixture
def daemon(tmp_path):
    """Answers to order on a unix socket; returns the environment that names it and the answers."""
    path = tmp_path / "ctl.sock"
    answers = {"/api/v1/status": (200, STATUS), "/api/v1/sensors": (200, {"sensors": [ROW, DEAD]}),
               "/api/v1/tickets": (200, {"tickets": [TICKET]})}
    server = Server(str(path), type("H", (Handler,), {"answers": answers}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"SITEWARD_SOCKET": str(path), "LANG": "C.UTF-8"}, answers
    server.shutdown()
    server.server_close()


def test_status_shows_level_limit_budget_and_state(siteward, daemon):
    run = siteward("status", env=daemon[0])
    assert run.code == 0 and run.err == ""
    lines = run.out.splitlines()
    north = next(line for line in lines if line.startswith("north-gate-noise"))
    assert north.split() == ["north-gate-noise", "63.2", "54.9", "dBA", "55.0", "9", "min", "20", "s", "forecast"]
    south = next(line for line in lines if line.startswith("south-gate-noise"))
    assert south.split() == ["south-gate-noise", "-", "-", "-", "-", "nodata"], "unknown is a dash, never 0"
    assert "1 open, 0 overdue" in run.out and "connected, 3 waiting" in run.out


PLATFORM = {"id": "platform", "connected": True, "alarm": 1, "live": 2, "backfill": 0}
CITY = {"id": "city", "connected": False, "alarm": 4, "live": 50, "backfill": 0}


@pytest.mark.parametrize("outbox, lines", [
    ({"destinations": [PLATFORM], "shed": 0, "gaps_waiting": 0}, []),
    ({"destinations": [PLATFORM | {"backfill": 300}], "shed": 0, "gaps_waiting": 0},
     ["outbox for platform: 1 alarms, 2 windows, 300 of a backlog"]),
    ({"destinations": [PLATFORM, CITY], "shed": 7, "gaps_waiting": 2},
     ["outbox for platform: 1 alarms, 2 windows, 0 of a backlog",
      "outbox for city (not connected): 4 alarms, 50 windows, 0 of a backlog",
      "outbox: 7 windows gave way since the start for want of room; 2 runs of numbers to be announced"]),
    ({"destinations": [PLATFORM, CITY | {"given_up": 12}], "shed": 0, "gaps_waiting": 0},
     ["outbox for platform: 1 alarms, 2 windows, 0 of a backlog",
      "outbox for city (not connected): 4 alarms, 50 windows, 0 of a backlog",
      "outbox for city: away too long, 12 alarms are not kept for it since the start"]),
    ({"destinations": [PLATFORM], "shed": 0, "gaps_waiting": 1},
     ["outbox: 0 windows gave way since the start for want of room; 1 runs of numbers to be announced"]),
])
def test_status_says_who_waits_for_how_much_where_it_is_worth_a_line(siteward, daemon, outbox, lines):
    daemon[1]["/api/v1/status"] = (200, STATUS | {"outbox": outbox})
    run = siteward("status", env=daemon[0])
    assert run.code == 0 and run.err == ""
    assert [line for line in run.out.splitlines() if line.startswith("outbox")] == lines


@pytest.mark.parametrize("command, path", [("status", "/api/v1/status"), ("sensors", "/api/v1/sensors"),
                                           ("tickets", "/api/v1/tickets")])
def test_json_is_the_daemons_answer_in_one_line(siteward, daemon, command, path):
    run = siteward(command, "--json", env=daemon[0])
    assert run.code == 0 and run.out.count("\n") == 1
    assert json.loads(run.out) == daemon[1][path][1]


def test_sensors_and_tickets_are_tables(siteward, daemon):
    sensors = siteward("sensors", env=daemon[0])
    assert sensors.code == 0 and "北门噪声" in sensors.out and "2026-03-02 21:53:43" in sensors.out
    tickets = siteward("tickets", env=daemon[0])
    assert tickets.code == 0 and "PD0042-20260302-007" in tickets.out and "Night limit will be passed" in tickets.out
    chinese = siteward("tickets", env=daemon[0] | {"LANG": "zh_CN.UTF-8"})
    assert "夜间施工噪声将超标" in chinese.out


def test_no_tickets_is_said(siteward, daemon):
    daemon[1]["/api/v1/tickets"] = (200, {"tickets": []})
    run = siteward("tickets", env=daemon[0])
    assert run.code == 0 and run.out == "no tickets\n"


@pytest.mark.parametrize("command", ["status", "sensors", "tickets"])
def test_no_daemon_is_exit_4_with_a_sentence(siteward, command, tmp_path):
    run = siteward(command, env={"SITEWARD_SOCKET": str(tmp_path / "nobody.sock")})
    assert run.code == 4 and run.out == ""
    assert "no daemon answers at" in run.err and "nobody.sock" in run.err


def test_the_socket_is_found_through_the_site_file(siteward, make_site, tmp_path):
    site = make_site({"gate-noise": "LAeq"})
    site.write_text(site.read_text().replace("gateway: {id: gw-7f3a}", "gateway: {id: gw-7f3a, runtime: run}"))
    run = siteward("status", "-c", site)
    assert run.code == 4 and f"{tmp_path}/run/ctl.sock" in run.err


@pytest.mark.parametrize("answer, word", [
    ((503, {"title": "Starting", "detail": "the store is being rebuilt"}), "the store is being rebuilt"),
    ((500, b"<html>"), "500"),
    ((200, b"<html>"), "not JSON"),
    ((200, b""), "not JSON"),
])
def test_an_answer_that_cannot_be_used_is_exit_1(siteward, daemon, answer, word):
    daemon[1]["/api/v1/status"] = answer
    run = siteward("status", env=daemon[0])
    assert run.code == 1 and run.out == "" and word in run.err


def test_a_proxy_in_the_environment_is_not_asked(siteward, daemon):
    proxy = "http://127.0.0.1:9"
    run = siteward("status", "--json", env=daemon[0] | {"http_proxy": proxy, "ALL_PROXY": proxy})
    assert run.code == 0, run.err


def test_follow_prints_a_ticket_again_when_it_changes(bin_dir, daemon):
    import subprocess
    env, answers = daemon
    with subprocess.Popen([bin_dir / "siteward", "tickets", "--follow", "--json"], stdout=subprocess.PIPE,
                          env=os.environ | env) as p:
        try:
            assert json.loads(p.stdout.readline())["revision"] == 1
            answers["/api/v1/tickets"] = (200, {"tickets": [TICKET | {"revision": 2}]})
            assert json.loads(p.stdout.readline())["revision"] == 2
        finally:
            p.terminate()


# sim, as far as it goes without starting anything ---------------------------------------------------------------------


@pytest.mark.parametrize("args, word", [
    ([], "--scenario NAME is missing"),
    (["--scenario", "no-such"], "night-pour"),
    (["--scenario", "../night-pour"], "no scenario"),
    (["--scenario", "night-pour", "--speed", "0"], "--speed"),
    (["--scenario", "night-pour", "--speed", "inf"], "--speed"),
    (["--scenario", "night-pour", "--duration", "soon"], "--duration"),
    (["--scenario", "night-pour", "--broker", "127.0.0.1"], "not a broker"),
])
def test_sim_refuses_what_it_cannot_do(siteward, args, word):
    run = siteward("sim", *args)
    assert run.code == 1 and word in run.err


def test_sim_takes_no_folder_that_holds_something(siteward, tmp_path):
    (tmp_path / "precious.txt").write_text("x")
    run = siteward("sim", "--scenario", "quiet-day", "--dir", tmp_path)
    assert run.code == 1 and "not an empty folder" in run.err
    assert [p.name for p in tmp_path.iterdir()] == ["precious.txt"]
