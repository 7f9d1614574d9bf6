# SPDX-License-Identifier: Apache-2.0
"""`siteward mqtt watch` and `siteward mqtt ask` against a running gateway, against mosquitto_pub as a foreign gateway,
and against brokers that refuse."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

import rig as peers
from test_commands import Night

WHERE = ["--prefix", "siteward/1/310115/pd-0042"]


def siteward(*args, lang="C.UTF-8", stdin=None):
    return subprocess.run([peers.program("siteward"), "mqtt", *map(str, args)], capture_output=True, text=True,
                          timeout=2 * peers.DEADLINE_S, env=os.environ | {"LANG": lang}, stdin=subprocess.DEVNULL)


class Watch(peers.Process):
    def __init__(self, *args):
        super().__init__([peers.program("siteward"), "mqtt", "watch", *args], env={"LANG": "C.UTF-8"})


def agg(seq, **more):
    return {"schema": "siteward.agg/1.0", "gw": "gw-7f3a", "epoch": "k3f7q2mz", "seq": seq} | more


def publish(broker, topic, document, *args):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-V", "mqttv5", "-q", "1", "-t",
                    peers.PREFIX + topic, "-m", json.dumps(document, ensure_ascii=False), *args], check=True,
                   timeout=peers.DEADLINE_S)


# A real gateway -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def night(module_rig):
    n = Night(module_rig)
    n.id = n.ticket()["id"]
    return n


def test_every_document_of_a_site_is_a_line_or_an_object_as_it_is_on_the_wire(night):
    url = night.broker.url
    watch = night.rig.add(Watch("--url", url, *WHERE, "--json"))
    zh = night.rig.add(Watch("--url", url, *WHERE, "--lang", "zh", "--only", "ticket,agg,status"))
    en = night.rig.add(Watch("-c", night.site.file))
    for said in (watch, zh, en):
        said.out.wait(lambda line: "/agg/1m" in line, "a window")
        said.out.wait(lambda line: f"ticket/{night.id}" in line, "the ticket that the broker keeps")
    assert watch.end() == 0 and zh.end() == 0 and en.end() == 0, (watch.said, zh.said, en.said)
    kinds = set()
    for line in watch.out.snapshot():
        shown = json.loads(line)
        assert set(shown) == {"topic", "retain", "payload"}
        kind, _, retained = peers.contract_of(shown["topic"].removeprefix(peers.PREFIX))
        assert shown["retain"] == retained and not peers.faults_of(kind, shown["payload"]), line
        kinds.add(kind)
    assert {"status", "info", "sensor", "live", "agg", "state", "ticket"} <= kinds
    assert any(re.search(r'"v":\d+\.\d\d,', line) for line in watch.out.snapshot()), "decimals as they were sent"
    windows = [line for line in en.out.snapshot() if "/agg/1m" in line]
    assert all(re.fullmatch(r"03-02 \d\d:\d\d:\d\d  sensor/gate-noise/agg/1m +\d+\.\d\d dBA  valid [01]\.\d\d", line)
               or "  -  valid" in line for line in windows), windows
    assert {line.split()[2].split("/")[0] for line in zh.out.snapshot()} == {"ticket", "sensor", "gw"}
    assert any("噪声" in line for line in zh.out.snapshot() if "ticket/" in line), zh.out.snapshot()
    assert any("有效率" in line for line in zh.out.snapshot())


def test_a_check_of_a_gateway_that_loses_nothing_ends_well(night):
    done = siteward("watch", "--url", night.broker.url, *WHERE, "--check", "--json", "--for", 8)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+ documents, [1-9]\d* of them numbered, 0 numbers missing", done.stderr)


def test_a_watch_ends_when_nobody_reads_it_any_more(night):
    watch = subprocess.Popen([peers.program("siteward"), "mqtt", "watch", "--url", night.broker.url, *WHERE],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with watch:
        assert watch.stdout.readline()
        watch.stdout.close()
        assert watch.wait(peers.DEADLINE_S) in (1, -signal.SIGPIPE)


def test_an_area_shows_the_sites_by_name(night):
    done = siteward("watch", "--url", night.broker.url, "--area", "310115", "--only", "status,ticket", "--count", 2)
    assert done.returncode == 0, done.stderr
    assert sorted(line.split()[2] for line in done.stdout.splitlines()) == [
        "pd-0042/gw/gw-7f3a/status", f"pd-0042/ticket/{night.id}"]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_question_for_evidence_is_answered_with_the_document_of_the_gateway(night, version):
    """By Response Topic and Correlation Data, or by what stands for them in the payload."""
    at = night.peer.now(-180)  # all of its window is over
    asked = night.rig.subscriber(night.broker, peers.PREFIX + "cmd/evidence")
    done = siteward("ask", "evidence", "--url", night.broker.url, *WHERE, "--at", at, "--window", "PT2M", "--json",
                    "--mqtt", version)
    question = asked.wait_for("cmd/evidence")
    assert ("response-topic" in question.properties) == ("reply_to" not in question.body) == (version == "5")
    assert ("correlation-data" in question.properties) == ("correlation" not in question.body) == (version == "5")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == "siteward.evidence/1.0" and not peers.faults_of("evidence", answer)
    shown = siteward("ask", "evidence", "-c", night.site.file, "--at", at, "--window", "PT2M", "--lang", "en")
    assert shown.returncode == 0 and shown.stdout.startswith(f"{answer['answer']['code']}  "), shown.stdout
    assert " ".join(answer["answer"]["say"]["en"].split()) in " ".join(shown.stdout.split())


def test_a_command_on_a_ticket_is_done_with_the_revision_that_the_broker_keeps(night):
    before = night.now(night.id)["revision"]
    done = siteward("ask", "ticket", night.id, "dispatch", "-c", night.site.file, "--unit", "某某建设 项目部", "--by",
                    "host:12345-sh")
    assert done.returncode == 0 and re.fullmatch(rf"{night.id}: dispatched \(revision \d+\)\n", done.stdout), done
    after = night.now(night.id)
    assert after["revision"] > before and after["history"][-1]["by"]["id"] == "host:12345-sh"
    assert after["history"][-1]["door"] == "mqtt"


@pytest.mark.parametrize("args, code, why", [
    (["close"], 1, "mqtt ask: "), (["withdraw", "--role", "party", "--reason", "x"], 1, "mqtt ask: "),
    (["dispatch", "--revision", "9999", "--unit", "x"], 1, "mqtt ask: ")])
def test_a_refusal_is_said_with_its_reason(night, args, code, why):
    done = siteward("ask", "ticket", night.id, *args, "--url", night.broker.url, *WHERE)
    assert done.returncode == code and why in done.stderr and not done.stdout, done


def test_a_ticket_that_is_not_there_is_exit_3(night):
    where = ["--url", night.broker.url, *WHERE]
    done = siteward("ask", "ticket", "sw-aaaaaaaaaa", "ack", *where)
    assert done.returncode == 3 and "the broker keeps no ticket sw-aaaaaaaaaa" in done.stderr, done
    done = siteward("ask", "ticket", "sw-aaaaaaaaaa", "ack", "--revision", 1, *where, "--role", "officer")
    assert done.returncode in (1, 3) and done.stderr.startswith("siteward mqtt ask: "), done


# A foreign gateway ----------------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(rig):
    """A broker without a gateway, and a check that runs on it until it is told to end."""
    broker = rig.broker()

    def check(*documents):
        watch = rig.add(Watch("--url", broker.url, *WHERE, "--check", "--json"))
        mark = {"schema": "siteward.summary/1.0"}
        publish(broker, "summary", mark, "-r")  # retained: it comes however late the subscription is
        watch.out.wait(lambda line: "siteward.summary" in line, "the subscription")
        for topic, document, *args in documents:
            publish(broker, topic, document, *args)
        watch.out.wait(lambda line: len(watch.out.items) > len(documents), "all documents")
        watch.p.send_signal(signal.SIGINT)
        return watch.wait(), watch.said

    return check


AGG = "sensor/north-gate-noise/agg/1m"
LATE = "sensor/north-gate-noise/backfill/1m"


def test_a_number_that_never_comes_is_named_and_is_exit_1(quiet):
    code, said = quiet(*[(AGG, agg(n)) for n in (7, 8, 10, 11, 15)])
    assert code == 1, said
    assert "310115/pd-0042 gw-7f3a (epoch k3f7q2mz): number 9 missing" in said
    assert "numbers 12 to 14 missing" in said and "5 of them numbered, 4 numbers missing" in said


def test_numbers_may_come_in_any_order_twice_or_be_named_in_a_gap_document(quiet):
    gap = agg(16, schema="siteward.gap/1.0", ranges=[[9, 9], [12, 13]], reason="shed")
    gap["from"], gap["to"] = 9, 13
    code, said = quiet((AGG, agg(8)), (AGG, agg(15)), (LATE, agg(10)), (LATE, agg(11)), (AGG, agg(15)),
                       (AGG, agg(14)), ("gw/gw-7f3a/gap", gap))
    assert code == 0 and "7 of them numbered, 0 numbers missing" in said, said


def test_what_the_broker_kept_from_before_is_no_beginning(quiet):
    code, said = quiet(("ticket/sw-7k2m4q5xza", agg(3, schema="siteward.ticket/1.0"), "-r"), (AGG, agg(8)), (AGG, agg(9)))
    assert code == 0, said


def test_two_gateways_and_a_new_data_folder_count_each_for_itself(quiet):
    code, said = quiet((AGG, agg(5)), (AGG, agg(900, gw="gw-2")), (AGG, agg(1, epoch="zzzzzzzz")), (AGG, agg(6)),
                       (AGG, agg(902, gw="gw-2")))
    assert code == 1 and "gw-2 (epoch k3f7q2mz): number 901 missing" in said and said.count("number 901") == 1, said


def test_a_backlog_that_comes_faster_than_it_is_shown_slows_the_broker_down_and_loses_nothing(rig):
    n = 20_000
    broker = rig.broker()
    watch = rig.add(Watch("--url", broker.url, *WHERE, "--check", "--json", "--from-seq", "1", "--count", str(n + 1)))
    publish(broker, "summary", {"schema": "siteward.summary/1.0"}, "-r")
    watch.out.wait(lambda line: "siteward.summary" in line, "the subscription")
    lines = "".join(json.dumps(agg(i, pad="x" * 600)) + "\n" for i in range(1, n + 1))
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-V", "mqttv5", "-q", "1", "-t", peers.PREFIX + AGG,
                    "-l"], input=lines, text=True, check=True, timeout=peers.DEADLINE_S)
    assert watch.wait() == 0, watch.said
    assert f"{n} of them numbered, 0 numbers missing" in watch.said
    assert [json.loads(line)["payload"]["seq"] for line in watch.out.snapshot()[1:]] == list(range(1, n + 1))


def test_what_is_no_document_is_shown_as_such(rig):
    broker = rig.broker()
    rig.bad_on_purpose("")
    for text in ("[1]", "x", '{"schema":"siteward.new/1.0","ts":"2026-03-02T00:00:00.000+08:00","bell":"\\u0007"}'):
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-r", "-q", "1", "-t",
                        peers.PREFIX + f"ticket/{len(text)}", "-m", text], check=True)
    done = siteward("watch", "--url", broker.url, *WHERE, "--count", 3)
    assert done.returncode == 0 and done.stdout.count("not a JSON document") == 2, done
    assert done.stdout.count("a document of an unknown kind") == 1
    done = siteward("watch", "--url", broker.url, *WHERE, "--count", 3, "--json")
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum("fault" in line for line in shown) == 2


# Brokers that refuse, or are not there --------------------------------------------------------------------------------


class Refusing:
    """A broker of ten bytes: takes the connection, and refuses every subscription."""

    def __init__(self):
        self.s = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self.s.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                c, _ = self.s.accept()
                with c:
                    is_5 = c.recv(4096)[8] == 5
                    c.sendall(b"\x20\x03\x00\x00\x00" if is_5 else b"\x20\x02\x00\x00")
                    packet = c.recv(4096)
                    n = packet.count(b"+/status") or 1
                    c.sendall(b"\x90" + bytes([2 + is_5 + n]) + packet[2:4] + (b"\0" if is_5 else b"") +
                              (b"\x87" if is_5 else b"\x80") * n)
                    c.recv(4096)


def test_a_refused_subscription_is_said_in_a_sentence():
    broker = Refusing()
    done = siteward("watch", "--url", broker.url, *WHERE, "--only", "status")
    broker.s.close()
    assert done.returncode == 1 and "does not let us subscribe to siteward/1/310115/pd-0042/gw/+/status" in done.stderr
    assert "see the broker's access list" in done.stderr, done


def test_a_broker_that_is_not_there_is_exit_4(rig):
    url = f"mqtt://127.0.0.1:{peers.free_port()}"
    for args in (["watch"], ["ask", "evidence", "--at", "2026-03-02T23:40:00+08:00"]):
        done = siteward(*args, "--url", url, *WHERE)
        assert done.returncode == 4 and f"broker {url} does not take us" in done.stderr, done


def test_a_gateway_that_is_not_there_is_exit_4_after_the_time_out(rig):
    broker = rig.broker()
    done = siteward("ask", "evidence", "--url", broker.url, *WHERE, "--at", "2026-03-02T23:40:00+08:00", "--timeout", 1)
    assert done.returncode == 4 and "no answer within 1 s: is the gateway of siteward/1/310115/pd-0042/" in done.stderr


def test_a_broker_that_goes_away_is_waited_for_and_ends_a_check(rig):
    broker = rig.broker(folder=rig.folder())
    watch = rig.add(Watch("--url", broker.url, *WHERE))
    check = rig.add(Watch("--url", broker.url, *WHERE, "--check"))
    publish(broker, "summary", {"schema": "siteward.summary/1.0", "lamp": "ok"}, "-r")
    for w in (watch, check):
        w.out.wait(lambda line: "summary" in line, "the subscription")
    broker.end()
    assert check.wait() == 1 and "was lost" in check.said and "nobody can check" in check.said
    watch.err.wait(lambda line: "trying again" in line, "it tries again")
    again = rig.add(broker.again())
    publish(again, "summary", {"schema": "siteward.summary/1.0", "lamp": "over"}, "-r")
    watch.out.wait(lambda line: "summary" in line and "over" in line, "it is there again")
    assert watch.end() == 0


@pytest.mark.parametrize("args, why", [
    (["watch", "--url", "http://x", *WHERE], "is no broker"),
    (["watch", "--url", "mqtt://x", "--prefix", "siteward/1"], "--prefix is"),
    (["watch", "--url", "mqtt://x", *WHERE, "--area", "310115"], "give one of them"),
    (["watch", "--url", "mqtt://x", *WHERE, "--only", "tickets"], "'tickets' is no kind"),
    (["watch", "--url", "mqtt://x", *WHERE, "--only", "ticket", "--check"], "leave --only out"),
    (["watch", "--url", "mqtt://x", *WHERE, "--for", "0"], "--for is"),
    (["watch", "--url", "mqtt://x", *WHERE, "--password-file", "/nonexistent"], "/nonexistent: No such file"),
    (["watch", "--url", "mqtt://x", *WHERE, "more"], "one word too many"),
    (["ask", "--url", "mqtt://x", *WHERE], "siteward mqtt ask evidence --at TIME"),
    (["ask", "evidence", "--url", "mqtt://x", *WHERE], "--at is missing"),
    (["ask", "evidence", "--url", "mqtt://x", *WHERE, "--at", "yesterday"], "--at: "),
    (["ask", "ticket", "sw-7k2m4q5xza", "explode", "--url", "mqtt://x", *WHERE], "is no verb"),
    (["ask", "ticket", "a/b", "ack", "--url", "mqtt://x", *WHERE], "is no ticket's id"),
    (["look"], "watch or ask"), ([], "watch or ask")])
def test_what_was_asked_for_wrongly_is_said_in_one_sentence(args, why):
    done = siteward(*args)
    assert done.returncode == 1 and why in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, done


@pytest.mark.parametrize("args", [[], ["watch"], ["ask"]])
def test_help_begins_with_examples(args):
    done = siteward(*args, "--help")
    assert done.returncode == 0 and done.stdout.startswith("Examples:\n  siteward mqtt "), done
