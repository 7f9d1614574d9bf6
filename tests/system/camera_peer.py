# SPDX-License-Identifier: Apache-2.0
"""Peers for the camera tests, from the documents and not from our code: a camera that speaks HTTP with basic and digest
login (RFC 7617, RFC 7616) and misbehaves to order, and a Modbus TCP box (MODBUS Messaging on TCP/IP V1.0b) whose inputs
the test sets and whose requests it counts."""
import base64
import hashlib
import http.server
import secrets
import socketserver
import ssl
import struct
import threading

USER, PASSWORD = "viewer", "s3cret:ü"
REALM = "IP Camera(C1234)"


def picture(number=0, size=2000):
    """Bytes that begin and end like a JPEG; another number, another picture."""
    body = hashlib.shake_128(str(number).encode()).digest(size - 6)
    return b"\xff\xd8\xff\xe0" + body + b"\xff\xd9"


def fields_of(text):
    """key=value, key="value" … of an Authorization header."""
    found, rest = {}, text.strip()
    while rest:
        key, _, rest = rest.partition("=")
        if rest.startswith('"'):
            value, _, rest = rest[1:].partition('"')
        else:
            value, _, rest = rest.partition(",")
            rest = "," + rest
        found[key.strip(" ,")] = value.strip()
        rest = rest.lstrip(" ,")
    return found


class Camera(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", kind="image/jpeg", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def give(self):
        body = picture(self.server.number, self.server.size)
        if self.server.changes:
            self.server.number += 1
        self.server.given.append(body)
        self.answer(200, body)

    def basic(self):
        want = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") == want:
            return self.give()
        return self.answer(401, WWW_Authenticate=f'Basic realm="{REALM}"')

    def digest(self, algorithm, qop):
        """RFC 7616, 3.4.1: response = KD(H(A1), nonce [":" nc ":" cnonce ":" qop] ":" H(A2))."""
        def h(text):
            return {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm](text.encode()).hexdigest()

        kind, _, rest = self.headers.get("Authorization", "").partition(" ")
        said = fields_of(rest) if kind == "Digest" else {}
        a1, a2 = h(f"{USER}:{REALM}:{PASSWORD}"), h(f"{self.command}:{self.path}")
        middle = f"{said.get('nc')}:{said.get('cnonce')}:{qop}:" if qop else ""
        good = said.get("nonce") in self.server.nonces and said.get("uri") == self.path and \
            said.get("username") == USER and said.get("response") == h(f"{a1}:{said.get('nonce')}:{middle}{a2}")
        if good:
            return self.give()
        nonce = secrets.token_hex(16)
        self.server.nonces.add(nonce)
        way = f', qop="{qop}"' if qop else ""
        return self.answer(401, b"who are you?", "text/plain", WWW_Authenticate=(
            f'Digest realm="{REALM}", nonce="{nonce}", algorithm={algorithm}{way}'))

    def drip(self):
        """A byte each 50 ms, for ever."""
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.end_headers()
        self.wfile.write(b"\xff\xd8\xff\xe0")
        while not self.server.stopping.wait(0.05):
            self.wfile.write(b".")

    def endless(self):
        """As much as it takes, without a length."""
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.end_headers()
        self.wfile.write(b"\xff\xd8\xff\xe0")
        while not self.server.stopping.is_set():
            self.wfile.write(bytes(65536))

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        self.close_connection = True
        ways = {
            "/pic": self.give,
            "/basic": self.basic,
            "/digest": lambda: self.digest("MD5", "auth"),
            "/digest-old": lambda: self.digest("MD5", ""),
            "/digest-sha256": lambda: self.digest("SHA-256", "auth"),
            "/drip": self.drip,
            "/endless": self.endless,
            "/large": lambda: self.answer(200, picture(0, 3000000)),
            "/redirect": lambda: self.answer(302, Location="/pic"),
            "/html": lambda: self.answer(200, b"<html>please log in</html>"),
            "/odd": lambda: self.answer(200, b"\x1b[2Jno picture", "text/\x1b[31m\xff\xfe"),
            "/empty": lambda: self.answer(200),
            "/silent": lambda: self.server.stopping.wait(),
        }
        way = ways.get(self.path.partition("?")[0])
        try:
            way() if way else self.answer(404, b"not here", "text/plain")
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass


class CameraServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Camera)
        self.scheme = "https" if certificate else "http"
        self.asked, self.given, self.nonces = [], [], set()
        self.number, self.size, self.changes = 0, 2000, True
        self.stopping = threading.Event()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path, host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def handle_error(self, request, client_address):
        pass

    def end(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()


class Box(socketserver.ThreadingTCPServer):
    """Input registers by address; requests are counted."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, registers):
        self.registers = registers
        self.requests = 0
        super().__init__(("127.0.0.1", 0), Box.Line)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()

    class Line(socketserver.StreamRequestHandler):
        def handle(self):
            while head := self.rfile.read(7):
                number, _, length, unit = struct.unpack(">HHHB", head)
                function, first, count = struct.unpack(">BHH", self.rfile.read(length - 1))
                self.server.requests += 1
                values = b"".join(struct.pack(">H", self.server.registers.get(first + i, 0)) for i in range(count))
                body = struct.pack(">BB", function, len(values)) + values
                self.wfile.write(struct.pack(">HHHB", number, 0, len(body) + 1, unit) + body)
