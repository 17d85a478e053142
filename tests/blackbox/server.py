"""The real `sotto serve` for black-box tests: started, asked over raw sockets, ended."""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import SOTTO

SECONDS_MAX = 60  # Of any single wait; a server that is well needs a fraction of a second.
TOKEN = "metrics-token-for-the-tests-0123456789"


class Answer:
    """One HTTP answer as it came."""

    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.raw, self.head = raw, head
        self.status = int(first.split()[1]) if first.startswith("HTTP/1.1 ") else 0
        self.fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def field(self, name):
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    def json(self):
        return json.loads(self.body)


def connect(place):
    if isinstance(place, tuple):
        return socket.create_connection(place, timeout=SECONDS_MAX)
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(SECONDS_MAX)
    client.connect(str(place))
    return client


def receive(client):
    """One whole answer by its Content-Length, or what came until the end."""
    raw = b""
    while True:
        head, blank, body = raw.partition(b"\r\n\r\n")
        if blank:
            answer = Answer(raw)
            if len(body) >= int(answer.field("Content-Length") or 0):
                return answer
        try:
            piece = client.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            return Answer(raw)
        raw += piece


def exchange(place, request):
    """The answer to bytes that may be anything, on a connection of their own."""
    with connect(place) as client:
        try:
            client.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server answered before it had read all of it.
        return receive(client)


def get(place, path, *fields, method="GET"):
    lines = "".join(f"{field}\r\n" for field in fields)
    return exchange(place, f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n".encode())


class Server:
    """A server with a folder of its own. `place` is where the API answers, `metrics` where /metrics does."""

    def __init__(self, *options, log_format="json"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-serve-"))
        self.metrics = self.folder / "metrics.sock"
        token = self.folder / "token"
        token.write_text(TOKEN + "\n")
        token.chmod(0o600)
        self.log_path = self.folder / "log"
        command = [SOTTO, "serve", "--data", self.folder / "data", "--listen", "127.0.0.1:0", "--metrics-listen",
                   f"unix:{self.metrics}", "--metrics-token-file", token, "--log-format", log_format, *options]
        if "--requests-per-minute" not in options:
            command += ["--requests-per-minute", "1e9"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
        self.place = self.wait_for_place()

    def wait_for_place(self):
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until:
            for line in self.log().splitlines():
                if " listening " in line or '"listening"' in line:
                    address = line.partition("127.0.0.1:")[2]
                    return "127.0.0.1", int(address[:address.index('"')])
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"the server did not start: {self.log()}")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_after_stop(self):
        self.stop()
        return self.log()

    def stop(self):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=SECONDS_MAX)

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ServerTest(unittest.TestCase):
    """Cases that share one server, which must have stayed well at the end."""

    OPTIONS = ()
    LOG_FORMAT = "json"

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.OPTIONS, log_format=cls.LOG_FORMAT)
        cls.addClassCleanup(cls.server.remove)
        cls.place = cls.server.place

    def assert_well(self):
        self.assertIsNone(self.server.process.poll(), self.server.log()[-4000:])
        answer = get(self.place, "/ready")
        self.assertEqual((answer.status, answer.body), (200, b'{"status":"ready"}'))
