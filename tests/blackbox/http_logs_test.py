"""The log of the real server: no secret of a request, no forged line, and no way to stop the server through it."""

import datetime
import json
import re
import signal
import subprocess
import tempfile
import unittest

import server
from harness import SOTTO

SECRET = "s3cr3t-of-a-caller"
FORGED = "forged-by-a-caller"


def send_secrets(place):
    """Everything in which a caller can hide something; how many answers came."""
    fields = (f"Authorization: Bearer {SECRET}", f"Cookie: session={SECRET}", f"X-Api-Key: {SECRET}",
              f"Referer: http://localhost/?token={SECRET}", f"Origin: http://{SECRET}.example", f"User-Agent: {SECRET}",
              f"X-Request-Id: {SECRET} with a space", f"Idempotency-Key: {SECRET}", f"Forwarded: for={SECRET}",
              f"X-Forwarded-For: {SECRET}", f"If-None-Match: \"{SECRET}\"", f"Range: {SECRET}")
    body = f'{{"text":"{SECRET}"}}'
    answers = [
        server.get(place, f"/version?token={SECRET}", *fields),
        server.get(place, f"/nothing?token={SECRET}", *fields),
        server.get(place, f"/version?token={SECRET}%ff", *fields),
        server.get(place, f"/metrics?token={SECRET}", *fields),
        server.get(place, f"http://user:{SECRET}@localhost/version", *fields),
        server.get(place, "/version", f"Content-Length: {len(body)}", f"\r\n{body}"),
        server.get(place, "/version", *fields, method="POST"),
        server.get(place, "/version", f"Host: {SECRET}.example"),
        server.get(place, "/version", f"X-{SECRET}\0: a"),
        server.exchange(place, f"{SECRET} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()),
        server.exchange(place, f"GET / {SECRET}\r\nHost: localhost\r\n\r\n".encode()),
    ]
    return len([answer for answer in answers if answer.status])


def send_forgeries(place):
    """Everything that could end a line of the log or reach a terminal."""
    for text in (f"%0a{{\"event\":\"{FORGED}\"}}", f"%1b[31m{FORGED}", f"%c2%9b31m{FORGED}", f"\x1b]0;{FORGED}\x07",
                 f"%e2%80%ae{FORGED}", f"\"{FORGED}\\\""):
        server.exchange(place, f"GET /{text} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))
        server.get(place, "/live", f"X-Request-Id: {text}")
        server.get(place, "/live", f"X-A: a\n{FORGED}: b")
        server.exchange(place, f"GET /live HTTP/1.1\r\nHost: {text}\r\n\r\n".encode("latin-1"))


class JsonLogs(unittest.TestCase):
    FORMAT = "json"

    def setUp(self):
        self.server = server.Server("--log-level", "debug", log_format=self.FORMAT)
        self.addCleanup(self.server.remove)

    def test_hold_no_secret(self):
        count = send_secrets(self.server.place)
        log = self.server.log_after_stop()
        self.assertGreaterEqual(len(re.findall(r'\brequest\b', log)), count)
        self.assertNotIn(SECRET, log)
        self.assertNotIn(server.TOKEN, log)

    def test_have_one_whole_line_an_event(self):
        send_forgeries(self.server.place)
        self.check_lines(self.server.log_after_stop())

    def check_lines(self, log):
        events = set()
        for line in log.splitlines():
            entry = json.loads(line)
            self.assertGreaterEqual(entry.keys(), {"time", "level", "event"})
            datetime.datetime.strptime(entry["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
            self.assertTrue(line.isascii() and line.isprintable(), repr(line))
            events.add(entry["event"])
        self.assertEqual(events, {"master_key_made", "listening", "request", "stopping", "stopped"})

    def test_name_the_request_that_the_client_knows(self):
        answer = server.get(self.server.place, "/nothing")
        well_formed = server.get(self.server.place, "/nothing", "X-Request-Id: my-own.id_1")
        self.assertEqual(well_formed.field("X-Request-Id"), "my-own.id_1")
        log = self.server.log_after_stop()
        self.assertIn(answer.field("X-Request-Id"), log)
        self.assertIn("my-own.id_1", log)


class TextLogs(JsonLogs):
    FORMAT = "text"

    def check_lines(self, log):
        for line in log.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning|error|debug) [a-z_]+( [a-z_]+=\S.*)?$")
            self.assertTrue(line.isascii() and line.isprintable(), repr(line))


class LogsThatNobodyReads(unittest.TestCase):
    """Standard error is a pipe: full, or closed on the other side."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sotto-serve-")
        self.addCleanup(folder.cleanup)
        self.place = folder.name + "/api.sock"
        self.process = subprocess.Popen([str(SOTTO), "serve", "--data", folder.name + "/data", "--listen",
                                         f"unix:{self.place}", "--metrics-listen", f"unix:{folder.name}/metrics.sock",
                                         "--requests-per-minute", "1e9"], stderr=subprocess.PIPE)
        self.metrics = folder.name + "/metrics.sock"
        self.addCleanup(self.end)
        self.assertTrue(any(b"listening" in line for line in self.process.stderr))

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def ask(self, count):
        piece = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100
        with server.connect(self.place) as client:
            for _ in range(count // 100):
                client.sendall(piece)
                received = b""
                while received.count(b'{"status":"live"}') < 100:
                    received += client.recv(1 << 20)

    def test_a_full_pipe_stops_neither_the_answers_nor_the_end(self):
        self.ask(10_000)  # At 160 bytes a line more than the pipe and the buffer of the log hold.
        self.assertEqual(server.get(self.place, "/ready").status, 200)
        dropped = re.search(r"^sotto_log_dropped_lines_total (\d+)$", server.get(self.metrics, "/metrics").body.decode(),
                            re.MULTILINE)
        self.assertGreater(int(dropped[1]), 0)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(timeout=server.SECONDS_MAX), 0)

    def test_a_reader_that_left_does_not_end_the_server(self):
        self.process.stderr.close()
        self.ask(1000)
        self.assertEqual(server.get(self.place, "/ready").status, 200)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(timeout=server.SECONDS_MAX), 0)


if __name__ == "__main__":
    unittest.main()
