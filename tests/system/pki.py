# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, made by the openssl command: a root, what it signs, and what it takes back. And a mosquitto that
asks for them."""
import os
import shutil
import subprocess
import tempfile

import rig

CA_CONFIG = """[ca]
default_ca = here
[here]
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
default_md = sha256
default_days = 10
default_crl_days = 10
copy_extensions = copy
policy = any
[any]
commonName = supplied
"""


def openssl(*args):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, timeout=rig.DEADLINE_S)
    assert done.returncode == 0, f"openssl {args[0]}: {done.stderr}"


class Authority:
    """A root of its own, in a folder."""

    def __init__(self, folder, name):
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "index.txt").touch()
        for file in ("serial", "crlnumber"):
            (self.folder / file).write_text("1000\n")
        self.config = self.folder / "ca.cnf"
        self.config.write_text(CA_CONFIG.format(folder=self.folder))
        self.key, self.cert, self.crl = (self.folder / n for n in ("ca.key", "ca.crt", "ca.crl"))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10", "-subj",
                f"/CN={name}", "-keyout", self.key, "-out", self.cert)
        self.write_crl()

    def issue(self, name, *names, ended=False):
        """@param names  of the machine, "DNS:…" or "IP:…"  @return certificate and key"""
        cert, key, ask = (self.folder / f"{name}.{end}" for end in ("crt", "key", "csr"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-addext", "subjectAltName=" + ",".join(names or [f"DNS:{name}"]), "-keyout", key, "-out", ask)
        days = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if ended else []
        openssl("ca", "-batch", "-notext", "-config", self.config, "-keyfile", self.key, "-cert", self.cert, *days, "-in",
                ask, "-out", cert)
        key.chmod(0o600)
        return cert, key

    def revoke(self, cert):
        openssl("ca", "-config", self.config, "-keyfile", self.key, "-cert", self.cert, "-revoke", cert)
        self.write_crl()

    def write_crl(self):
        openssl("ca", "-config", self.config, "-keyfile", self.key, "-cert", self.cert, "-gencrl", "-out", self.crl)


class TlsBroker(rig.Process):
    """A mosquitto with an open listener on the loopback for the test's own subscribers, and one more that is made of
    `rows`."""

    def __init__(self, *rows, port=None, secure_port=None, protocol="mqtt"):
        self.port = port or rig.free_port()
        self.secure_port = secure_port or rig.free_port()
        self.within = ()
        self.args = rows
        self.protocol = protocol
        text = ["per_listener_settings true", "max_queued_messages 0", "log_dest stderr", "persistence false",
                f"listener {self.port} 127.0.0.1", "allow_anonymous true", f"listener {self.secure_port} 127.0.0.1",
                f"protocol {protocol}", *map(str, rows)]
        if os.geteuid() == 0:
            text.insert(0, "user root")
        if not any(str(row).startswith("allow_anonymous") for row in rows):
            text.append("allow_anonymous true")
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write("\n".join(text) + "\n")
            conf.flush()
            where = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
            super().__init__([shutil.which("mosquitto", path=where) or "mosquitto", "-c", conf.name])
            with self.killed_on_failure():
                self.err.wait(lambda line: line.endswith(" running"), "mosquitto does not start")

    def again(self, *rows):
        """The same ports after it was stopped, with other rows where some are given."""
        return TlsBroker(*(rows or self.args), port=self.port, secure_port=self.secure_port, protocol=self.protocol)
