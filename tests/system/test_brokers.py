# SPDX-License-Identifier: Apache-2.0
"""The broker examples as they stand in examples/brokers, each started for real: mosquitto with certificates that its
script makes, mutual TLS, its access list tried from foreign clients role by role, a revoked gateway; RabbitMQ with its
MQTT plug-in (3.1.1), its users made by its script, a kill and a restart that lose nothing."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import rig as peers
from test_daemon import BANG, SITE

EXAMPLES = peers.ROOT / "examples" / "brokers"
RABBIT = pathlib.Path("/usr/lib/rabbitmq/bin")
LATE = "2026-03-02T22:10:00+08:00"
S = peers.PREFIX
OTHER = "siteward/1/310115/pd-0099/"


def run(*args, **kwargs):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=2 * peers.DEADLINE_S, **kwargs)
    assert done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"
    return done.stdout


# mosquitto ------------------------------------------------------------------------------------------------------------


class Mosquitto(peers.Process):
    """The example's files in a folder, on a free port. `folder` keeps everything but the process."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        text = (folder / "mosquitto.conf").read_text(encoding="utf-8")
        for old, new in [("/etc/mosquitto/siteward", str(folder)), ("/var/lib/mosquitto", str(folder / "kept")),
                         ("listener 8883", f"listener {port} 127.0.0.1")]:
            assert old in text
            text = text.replace(old, new)
        (folder / "kept").mkdir(exist_ok=True)
        extra = "user root\n" if os.geteuid() == 0 else ""
        (folder / "here.conf").write_text(text + "log_dest stderr\n" + extra, encoding="utf-8")
        where = os.environ.get("PATH", "") + ":/usr/sbin"
        super().__init__([shutil.which("mosquitto", path=where) or "mosquitto", "-c", folder / "here.conf"])
        with self.killed_on_failure():
            self.err.wait(lambda line: line.endswith(" running"), "mosquitto does not start")

    @property
    def url(self):
        return f"mqtts://localhost:{self.port}"

    def as_client(self, name):
        c = self.folder / "certificates"
        return ["-h", "localhost", "-p", str(self.port), "-V", "mqttv5", "-q", "1", "--cafile", str(c / "ca.pem"), "--cert",
                str(c / f"{name}.pem"), "--key", str(c / f"{name}.key")]


ROLES = ["platform", "desk", "wall", "regulator", "authority-310115"]


def make_certificates(folder, *args):
    return run(folder / "make-certificates.sh", *args)


@pytest.fixture(scope="module")
def made(module_rig):
    """The example with certificates for everybody."""
    folder = module_rig.folder() / "mosquitto"
    shutil.copytree(EXAMPLES / "mosquitto", folder)
    make_certificates(folder, "ca")
    make_certificates(folder, "broker", "localhost", "127.0.0.1")
    for gateway, site in [("gw-7f3a", "310115/pd-0042"), ("gw-2222", "310115/pd-0099")]:
        make_certificates(folder, "gateway", gateway, site)
    for role in ROLES:
        make_certificates(folder, "client", role)
    return folder


@pytest.fixture(scope="module")
def mosquitto(module_rig, made):
    return module_rig.add(Mosquitto(made, peers.free_port()))


class Listener(peers.Process):
    """mosquitto_sub as one of the roles. Ready once its own marker came, if it may read one; else once it is told so."""

    def __init__(self, broker, name, *topics):
        filters = [word for t in topics for word in ("-t", t)]
        super().__init__(["stdbuf", "-oL", "mosquitto_sub", "-d", *broker.as_client(name), *filters, "-F", "got %t %p"])
        with self.killed_on_failure():
            self.out.wait(lambda line: "SUBACK" in line, "mosquitto_sub does not subscribe")


def may_write(broker, name, topic):
    """MQTT 5 says so itself: 135, not authorised."""
    done = subprocess.run(["mosquitto_pub", "-d", *broker.as_client(name), "-t", topic, "-m", "{}"], capture_output=True,
                          text=True, timeout=peers.DEADLINE_S)
    found = re.search(r"received PUBACK \(Mid: 1, RC:(\d+)\)", done.stdout)
    assert found, done
    return int(found[1]) < 0x80


# Who may write what, as the contract says it; everything that stands here was tried.
GW = S + "gw/gw-7f3a/"
UP = [GW + "status", GW + "info", GW + "health", GW + "alert/sw-s001-x", GW + "config", GW + "gap", GW + "checkpoint",
      S + "sensor/a/meta", S + "sensor/a/live", S + "sensor/a/agg/1m", S + "sensor/a/backfill/1h", S + "sensor/a/event",
      S + "sensor/a/state", S + "output/o/state", S + "summary", S + "schedule", S + "ticket/sw-7k2m4q5xza",
      S + "ticket/sw-7k2m4q5xza/event", S + "res/desk/q-1"]
ORDERS = [S + "cmd/ticket/sw-7k2m4q5xza/ack", S + "cmd/schedule", GW + "cmd/config-patch"]
ASKED = [S + "cmd/complaint", S + "cmd/evidence"]
QUIET = "siteward/1/310115/broadcast/quiet-period/x"
ELSE = [S + "gw/gw-8888/status", OTHER + "summary", OTHER + "ticket/sw-7k2m4q5xza", OTHER + "gw/gw-2222/status",
        "siteward/1/host/platform/status", "siteward/1/host/other/status", QUIET,
        "siteward/1/440100/broadcast/quiet-period/x", "rig/anything", S + "gw/gw-7f3a/else"]
WRITES = {"gw-7f3a": UP, "platform": ORDERS + ASKED + ["siteward/1/host/platform/status"], "desk": ASKED,
          "wall": [], "regulator": [], "authority-310115": [QUIET]}


@pytest.mark.parametrize("name", WRITES)
def test_a_role_writes_what_the_contract_gives_it_and_nothing_else(mosquitto, name):
    wrong = {t for t in UP + ORDERS + ASKED + ELSE if may_write(mosquitto, name, t) != (t in WRITES[name])}
    assert not wrong, f"{name}: {wrong}"


READS = {"gw-7f3a": [*ORDERS, *ASKED, GW + "status", S + "gw/gw-8888/status", QUIET, "siteward/1/host/platform/status"],
         "platform": UP + ORDERS + ASKED + [OTHER + "summary", QUIET],
         "desk": [S + "res/desk/q-1"], "wall": [S + "summary", OTHER + "summary", S + "ticket/sw-7k2m4q5xza"],
         "regulator": [t for t in UP if "/res/" not in t and not t.endswith("/config")] + [OTHER + "summary", QUIET],
         "authority-310115": [QUIET]}
WRITER = {**{t: "gw-7f3a" for t in UP}, **{t: "platform" for t in ORDERS + ASKED}, QUIET: "authority-310115",
          "siteward/1/host/platform/status": "platform", OTHER + "summary": "gw-2222"}


def test_a_role_reads_what_the_contract_gives_it_and_nothing_else(rig, mosquitto):
    listeners = {name: rig.add(Listener(mosquitto, name, "#")) for name in READS}
    for topic, writer in WRITER.items():
        if writer not in listeners:  # a certificate is one client: who listens here cannot write meanwhile
            assert may_write(mosquitto, writer, topic)
    for name, listener in listeners.items():
        with_topics = [t for t, w in WRITER.items() if w not in listeners and t in READS[name]]
        for topic in with_topics:
            listener.out.wait(lambda line, t=topic: line.startswith(f"got {t} "), f"{name} reads {topic}")
    for listener in listeners.values():
        listener.end()
    # Each writer once more, with the others listening.
    for writer in ("gw-7f3a", "platform", "authority-310115"):
        others = {n: rig.add(Listener(mosquitto, n, "#")) for n in READS if n != writer}
        topics = [t for t, w in WRITER.items() if w == writer]
        for topic in topics:
            assert may_write(mosquitto, writer, topic), (writer, topic)
        for name, listener in others.items():
            for topic in topics:
                if topic in READS[name]:
                    listener.out.wait(lambda line, t=topic: line.startswith(f"got {t} "), f"{name} reads {topic}")
            listener.end()
            got = {line.split()[1] for line in listener.out.snapshot() if line.startswith("got ")}
            assert got <= set(READS[name]), f"{name} reads {got - set(READS[name])}"


def site_with(rig, folder, url, name="gw-7f3a", more=""):
    clock = peers.Clock(LATE, 20)
    file = rig.folder() / "node.ndjson"
    file.write_text(BANG)
    node = rig.node(file, clock, "--tcp", "127.0.0.1:0")
    site = rig.site(text=SITE % node.port)
    site.layer(f"""\
platform:
  url: "{url}"
  ca_file: {folder}/certificates/ca.pem
  cert_file: {folder}/certificates/{name}.pem
  key_file: {folder}/certificates/{name}.key
{more}""", "20-platform.yaml")
    return site, clock


# The MQTT library's threads end a moment after they were told to; what OpenSSL keeps for each of them is then still there.
NO_LEAKS = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}


def cli(broker, *args, name="platform"):
    c = broker.folder / "certificates"
    return subprocess.run([peers.program("siteward"), "mqtt", *args, "--url", broker.url, "--prefix", S, "--ca-file",
                           c / "ca.pem", "--cert-file", c / f"{name}.pem", "--key-file", c / f"{name}.key", "--client-id",
                           name], capture_output=True, text=True, timeout=2 * peers.DEADLINE_S, env=NO_LEAKS)


def test_a_gateway_with_its_certificate_publishes_and_takes_orders(rig, mosquitto):
    site, clock = site_with(rig, mosquitto.folder, mosquitto.url)
    wall = rig.add(Listener(mosquitto, "wall", "siteward/1/310115/+/summary", "siteward/1/310115/+/ticket/+"))
    daemon = rig.daemon(site, clock)
    daemon.wait_connected()
    line = wall.out.wait(lambda line: "/ticket/" in line and '"exceeded"' in line, "the ticket on the wall")
    ticket = line.split()[1].rsplit("/", 1)[1]
    wall.out.wait(lambda line: "/summary" in line, "the summary on the wall")
    done = cli(mosquitto, "ask", "ticket", ticket, "note", "--text", "seen")
    assert done.returncode == 0 and done.stdout.startswith(f"{ticket}: "), done
    at = clock.now.isoformat(timespec="milliseconds")
    done = cli(mosquitto, "ask", "evidence", "--at", at, "--json", name="desk")
    assert done.returncode == 0 and not peers.faults_of("evidence", json.loads(done.stdout)), done
    done = cli(mosquitto, "ask", "ticket", ticket, "ack", "--revision", "1", name="desk")
    assert done.returncode == 1 and "does not let us write" in done.stderr and "access list" in done.stderr, done
    done = cli(mosquitto, "watch", "--only", "status", "--count", "1", name="regulator")
    assert done.returncode == 0 and "gw/gw-7f3a/status" in done.stdout and "ready" in done.stdout, done
    daemon.wait_drained()
    assert daemon.end() == 0


def test_a_revoked_gateway_is_refused_and_the_others_are_not(rig, made):
    """In a copy: revoking is for good."""
    folder = rig.folder() / "mosquitto"
    shutil.copytree(made, folder)
    port = peers.free_port()
    broker = rig.add(Mosquitto(folder, port))
    site, clock = site_with(rig, broker.folder, broker.url)
    daemon = rig.daemon(site, clock)
    daemon.wait_connected()
    broker.end()
    make_certificates(folder, "revoke", "gw-7f3a")
    broker = rig.add(Mosquitto(folder, port))
    daemon.err.wait(lambda line: "does not take us" in line and "localhost" in line, "it is refused")
    broker.err.wait(lambda line: "certificate revoked" in line or "certificate verify failed" in line, "the broker says why")
    assert not daemon.get("/api/v1/status")[2]["uplink"]["connected"]
    assert may_write(broker, "gw-2222", OTHER + "summary")
    done = cli(broker, "watch", "--count", "1", name="gw-7f3a")
    assert done.returncode == 4 and "does not take us" in done.stderr, done
    assert daemon.end() == 0


def test_sighup_makes_the_broker_read_its_certificate_and_the_revoked_ones_again(rig, made):
    folder = rig.folder() / "mosquitto"
    shutil.copytree(made, folder)
    broker = rig.add(Mosquitto(folder, peers.free_port()))

    def serial():
        shown = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{broker.port}", "-cert", folder /
                                "certificates/wall.pem", "-key", folder / "certificates/wall.key"], input="",
                               capture_output=True, text=True, timeout=peers.DEADLINE_S).stdout
        return run("openssl", "x509", "-noout", "-serial", input=shown)

    before = serial()
    assert may_write(broker, "desk", S + "cmd/evidence")
    make_certificates(folder, "broker", "localhost", "127.0.0.1")
    make_certificates(folder, "revoke", "desk")
    assert serial() == before
    broker.p.send_signal(signal.SIGHUP)
    peers.wait_until(lambda: serial() != before, "the new certificate")
    done = subprocess.run(["mosquitto_pub", *broker.as_client("desk"), "-t", S + "cmd/evidence", "-m", "{}"],
                          capture_output=True, timeout=peers.DEADLINE_S)
    assert done.returncode != 0
    assert may_write(broker, "platform", S + "cmd/evidence")


def test_a_renewed_certificate_is_revoked_with_all_before_it_and_the_broker_can_read_so(rig, made):
    """Word by word as the README has it: the folder belongs to the broker's user, the script is run by root."""
    folder = rig.folder() / "mosquitto"
    shutil.copytree(made, folder)
    certificates = folder / "certificates"
    if os.geteuid() == 0:
        for path in [certificates, *certificates.rglob("*")]:
            os.chown(path, 65534, 65534)
    first = (certificates / "gw-7f3a.pem").read_bytes()
    make_certificates(folder, "gateway", "gw-7f3a", "310115/pd-0042")
    assert (certificates / "gw-7f3a.pem").read_bytes() != first
    make_certificates(folder, "broker", "localhost")
    make_certificates(folder, "revoke", "gw-7f3a")
    (folder / "first.pem").write_bytes(first)
    for pem in [folder / "first.pem", certificates / "gw-7f3a.pem"]:
        done = subprocess.run(["openssl", "verify", "-crl_check", "-CAfile", certificates / "ca.pem", "-CRLfile",
                               certificates / "revoked.pem", pem], capture_output=True, text=True, timeout=peers.DEADLINE_S)
        assert done.returncode != 0 and "certificate revoked" in done.stdout + done.stderr, done
    for name in ["revoked.pem", "broker.pem", "broker.key"]:
        assert (certificates / name).stat().st_uid == certificates.stat().st_uid, name


def test_a_new_authority_beside_the_old_one_as_the_readme_has_it(rig, made):
    folder = rig.folder() / "mosquitto"
    shutil.copytree(made, folder)
    new, old = folder / "certificates", folder / "certificates.old"
    make_certificates(folder, "revoke", "wall")
    new.rename(old)
    for args in [("ca",), ("broker", "localhost"), ("gateway", "gw-7f3a", "310115/pd-0042")]:
        make_certificates(folder, *args)
    for name, both in [("ca.pem", "both.pem"), ("revoked.pem", "both-revoked.pem")]:
        (new / both).write_text((old / name).read_text() + (new / name).read_text())
    conf = folder / "mosquitto.conf"
    conf.write_text(conf.read_text(encoding="utf-8").replace("certificates/ca.pem", "certificates/both.pem").replace(
        "certificates/revoked.pem", "certificates/both-revoked.pem"), encoding="utf-8")
    broker = rig.add(Mosquitto(folder, peers.free_port()))

    def is_taken(root, own, name):
        return subprocess.run(["mosquitto_pub", "-h", "localhost", "-p", str(broker.port), "-V", "mqttv5", "-q", "1",
                               "--cafile", root, "--cert", own / f"{name}.pem", "--key", own / f"{name}.key", "-t",
                               S + "summary", "-m", "{}"], capture_output=True, timeout=peers.DEADLINE_S).returncode == 0

    assert is_taken(new / "both.pem", old, "gw-7f3a") and is_taken(new / "both.pem", new, "gw-7f3a")
    assert not is_taken(new / "both.pem", old, "wall"), "revoked by the old one"
    assert not is_taken(old / "ca.pem", old, "gw-7f3a"), "who knows the old root alone does not believe the new broker"


def test_a_broker_of_another_name_or_another_authority_is_not_believed(rig, mosquitto, made):
    other = rig.folder() / "mosquitto"
    shutil.copytree(EXAMPLES / "mosquitto", other)
    make_certificates(other, "ca")
    c = made / "certificates"
    for url, ca in [(f"mqtts://localhost:{mosquitto.port}", other / "certificates" / "ca.pem"),
                    (f"mqtts://ip6-localhost.invalid:{mosquitto.port}", c / "ca.pem"),
                    (f"mqtts://127.0.0.2:{mosquitto.port}", c / "ca.pem")]:
        done = subprocess.run([peers.program("siteward"), "mqtt", "watch", "--count", "1", "--url", url, "--prefix", S,
                               "--ca-file", ca, "--cert-file", c / "platform.pem", "--key-file", c / "platform.key"],
                              capture_output=True, text=True, timeout=2 * peers.DEADLINE_S, env=NO_LEAKS)
        assert done.returncode == 4 and "does not take us" in done.stderr, done


@pytest.mark.parametrize("args, why", [
    (["ca"], "is there: a new one would make all certificates worthless"), (["gateway", "GW", "310115/pd-1"], "is no id"),
    (["gateway", "gw-1", "310115"], "is no area/site"), (["revoke", "nobody"], "there is no"), ([], "Usage|make-certificates.sh ca"),
    (["client", "../x"], "is no id"), (["gateway", "ca", "310115/pd-1"], "is a file of the broker's own"),
    (["client", "broker"], "is a file of the broker's own"), (["gateway", "desk", "310115/pd-1"], "has 'desk' already"),
    (["gateway", "gw-7f3a", "310115/pd-0099"], "has 'gw-7f3a' already, and not as a gateway of 310115/pd-0099")])
def test_the_script_says_what_is_wrong(made, args, why):
    done = subprocess.run([made / "make-certificates.sh", *args], capture_output=True, text=True)
    assert done.returncode in (1, 2) and re.search(why, done.stderr), done


# RabbitMQ -------------------------------------------------------------------------------------------------------------


class Rabbit:
    """RabbitMQ of the example with a node name, an epmd, ports and folders of its own; the system's service plays no part."""

    def __init__(self, folder):
        self.folder = folder
        self.port = peers.free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.secure_port = peers.free_port()
        self.secure_url = f"mqtts://localhost:{self.secure_port}"
        text = (EXAMPLES / "rabbitmq" / "rabbitmq.conf").read_text(encoding="utf-8")
        text = re.sub(r"^#(mqtt\.|ssl_options)", r"\1", text, flags=re.M)  # TLS too
        for old, new in [("127.0.0.1:1883", f"127.0.0.1:{self.port}"), ("0.0.0.0:8883", f"127.0.0.1:{self.secure_port}"),
                         ("/etc/rabbitmq/siteward", str(folder)), ("absolute = 2GB", "absolute = 1MB")]:
            assert old in text
            text = text.replace(old, new)
        (folder / "rabbitmq.conf").write_text(text, encoding="utf-8")
        shutil.copytree(EXAMPLES / "mosquitto", folder, dirs_exist_ok=True)
        for args in [("ca",), ("broker", "localhost"), ("gateway", "gw-7f3a", "310115/pd-0042")]:
            make_certificates(folder, *args)
        shutil.copy(EXAMPLES / "rabbitmq" / "enabled_plugins", folder)
        shutil.copy(EXAMPLES / "rabbitmq" / "make-users.sh", folder)
        (folder / "env.conf").touch()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("RABBITMQ_", "ERL_"))} | {
            "HOME": str(folder), "RABBITMQ_NODENAME": f"siteward-{self.port}@localhost", "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia", "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins", "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf", "RABBITMQ_CONF_ENV_FILE": f"{folder}/env.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config", "RABBITMQ_DIST_PORT": str(peers.free_port()),
            "ERL_EPMD_PORT": str(peers.free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQCTL": str(RABBIT / "rabbitmqctl")}
        self.start()

    def start(self):
        self.p = peers.Process([RABBIT / "rabbitmq-server"], env=self.env)
        with self.p.killed_on_failure():
            self.p.out.wait(lambda line: "Server startup complete" in line, "RabbitMQ does not start", 180)

    def user(self, password, *args):
        run(self.folder / "make-users.sh", *args, env=self.env, input=password + "\n")

    def beam(self):
        """The Erlang machine itself, whose parents are two shells."""
        return int((self.folder / "pid").read_text())

    def kill(self):
        os.kill(self.beam(), signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.p.p.wait(peers.DEADLINE_S)

    def end(self):
        if self.p.p.poll() is None:
            os.kill(self.beam(), signal.SIGTERM)
            self.p.p.wait(peers.DEADLINE_S)
        subprocess.run(["epmd", "-port", self.env["ERL_EPMD_PORT"], "-kill"], capture_output=True, env=self.env)


WORDS = {"gw-7f3a": "geheim", "platform": "auch geheim", "engineer": "e", "desk": "d", "wall": "w"}


@pytest.fixture(scope="module")
def rabbit(module_rig):
    if not (RABBIT / "rabbitmq-server").exists():
        pytest.skip("rabbitmq-server is not installed: scripts/packages.sh test installs it")
    made = Rabbit(module_rig.folder())
    module_rig.stack.callback(made.end)
    for args in [("gateway", "gw-7f3a", "310115/pd-0042"), ("platform", "platform"), ("platform", "engineer"),
                 ("desk", "desk"), ("wall", "wall", "310115")]:
        made.user(WORDS[args[1]], *args)
    return made


class Platform(peers.Process):
    """mosquitto_sub with 3.1.1 and a session that outlives it."""

    def __init__(self, rabbit, *topics):
        filters = [word for t in topics for word in ("-t", t)]
        super().__init__(["stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", rabbit.port, "-V", "mqttv311", "-c", "-i", "platform",
                          "-u", "platform", "-P", WORDS["platform"], "-q", "1", "-d", *filters, "-F", "%j"],
                         take=lambda line: json.loads(line) if line.startswith("{") else line)
        with self.killed_on_failure():
            self.out.wait(lambda line: "SUBACK" in line, "mosquitto_sub does not subscribe")

    def documents(self):
        return [(m["topic"], json.loads(m["payload"])) for m in self.out.snapshot() if isinstance(m, dict) and m["payload"]]

    def numbers(self):
        seen = set()
        for _, d in self.documents():
            if "seq" in d:
                seen.add(d["seq"])
            for first, last in d.get("ranges", []) if d["schema"].startswith("siteward.gap/") else []:
                seen |= set(range(first, last + 1))
        return seen


def test_over_rabbitmq_everything_flows_and_its_death_loses_nothing(rig, rabbit):
    site, clock = site_with(rig, rabbit.folder, rabbit.secure_url,
                            more="  version: auto\n  username: gw-7f3a\n  password_file: password\n")
    (site.folder / "conf.d" / "password").write_text("geheim\n")
    wall = rig.add(Platform(rabbit, S + "#"))
    daemon = rig.daemon(site, clock)
    daemon.wait_connected()

    def is_of(kind):
        return lambda m: isinstance(m, dict) and m["payload"] and f'"siteward.{kind}/1' in m["payload"]

    for kind in ("status", "info", "sensor", "live", "agg", "state", "ticket", "ticket-event", "checkpoint"):
        wall.out.wait(is_of(kind), f"a document of the kind {kind}")
    wanted = [json.loads(m["payload"])["id"] for m in wall.out.snapshot() if is_of("ticket")(m)][0]
    (site.folder / "other").write_text("e\n")
    done = subprocess.run([peers.program("siteward"), "mqtt", "ask", "ticket", wanted, "note", "--text", "seen", "--url",
                           rabbit.url, "--prefix", S, "--username", "engineer", "--client-id", "engineer", "--password-file",
                           site.folder / "other", "--revision", "1"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.startswith(f"{wanted}: "), done  # in 3.1.1, which it found out by itself

    rabbit.kill()
    begun = site.last_seq
    peers.wait_until(lambda: site.last_seq > begun + 5, "documents are made while the broker is away")
    rabbit.start()
    wall_2 = rig.add(Platform(rabbit, S + "#"))
    # RabbitMQ takes half a minute to come up; by then the gateway waits for up to a minute between two attempts.
    peers.wait_until(lambda: daemon.get("/api/v1/status")[2]["uplink"]["connected"], "it is connected again", 180)
    daemon.wait_drained()
    last = site.last_seq
    assert daemon.end() == 0
    peers.wait_until(lambda: set(range(1, last + 1)) <= wall.numbers() | wall_2.numbers(), f"numbers 1 to {last} all came")
    for _, document in wall.documents() + wall_2.documents():
        kind = re.match(r"siteward\.([a-z-]+)/", document["schema"])[1]
        assert not peers.faults_of(kind, document), document


def test_over_rabbitmq_a_user_writes_and_reads_its_own_topics_only(rabbit):
    def may(program, name, topic, *args):
        return subprocess.run([program, "-h", "127.0.0.1", "-p", str(rabbit.port), "-V", "mqttv311", "-q", "1", "-i", name, "-u",
                               name, "-P", WORDS[name], "-t", topic, *args], capture_output=True, text=True, timeout=120)

    writes = {"gw-7f3a": S + "summary", "platform": S + "cmd/schedule", "desk": S + "cmd/evidence"}
    for name in WORDS:
        for writer, topic in writes.items():
            done = may("mosquitto_pub", name, topic, "-m", "{}")
            allowed = writer == name or (name in ("platform", "engineer") and "/cmd/" in topic)
            assert (done.returncode == 0) == allowed, (name, topic, done)
    reads = {"gw-7f3a": S + "cmd/ticket/+/+", "desk": S + "res/desk/q-1", "wall": "siteward/1/310115/+/summary"}
    for name in reads:
        for reader, topic in reads.items():
            done = may("mosquitto_sub", name, topic, "-E", "-W", "5")  # it would try for ever
            assert (done.returncode == 0) == (reader == name), (name, topic, done)
