"""Stopping under load: who sent a request before the stop gets the whole answer; who sends one later gets an answer
or a connection that ends between two answers, never half of one. (bench/stop_under_load.py measures the same.)"""

import signal
import socket
import threading
import time
import unittest

import server

CLIENTS = 16
PATHS = ("/version", "/api/docs", "/api/openapi.json", "/metrics")  # Immediate ones, and one of the handler pool.


class Client(threading.Thread):
    """Asks one thing after the other on one connection until that ends."""

    def __init__(self, place, path):
        super().__init__(daemon=True)
        self.place, self.path = place, path
        self.answered = 0
        self.sent_at = None  # When the last request was sent whole; None while none waits for its answer.
        self.received = b""  # Of the answer that was never finished.

    def run(self):
        raw = (f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n"
               f"Authorization: Bearer {server.TOKEN}\r\n\r\n").encode()
        try:
            with server.connect(self.place) as client:
                while True:
                    client.sendall(raw)
                    self.sent_at = time.monotonic()
                    answer = server.receive(client)
                    self.received = answer.raw
                    if answer.status != 200 or len(answer.body) < int(answer.field("Content-Length")):
                        return
                    self.answered += 1
                    self.sent_at, self.received = None, b""
                    if answer.field("Connection") == "close":
                        return
        except ConnectionError:
            pass


class Stop(unittest.TestCase):
    def setUp(self):
        self.server = server.Server()
        self.addCleanup(self.server.remove)

    def test_cuts_no_request_that_was_sent_before(self):
        clients = [Client(self.server.place, PATHS[i % len(PATHS)]) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        while min(client.answered for client in clients) < 20:
            time.sleep(0.001)
        stopped_at = time.monotonic()
        self.server.process.send_signal(signal.SIGTERM)
        for client in clients:
            client.join(server.SECONDS_MAX)
            self.assertFalse(client.is_alive())
            self.assertEqual(client.received, b"", "an answer was cut")
            if client.sent_at is not None:
                self.assertGreaterEqual(client.sent_at, stopped_at, "a request was left without an answer")
        self.assertEqual(self.server.process.wait(timeout=server.SECONDS_MAX), 0)

    def test_waits_for_a_request_that_has_begun(self):
        with server.connect(self.server.place) as client:
            client.sendall(b"GET /live HTTP/1.1\r\nHost: ")
            # An answer on another connection shows that the server has read what was sent before.
            self.assertEqual(server.get(self.server.place, "/live").status, 200)
            self.server.process.send_signal(signal.SIGTERM)
            self.wait_until_it_stops()
            client.sendall(b"localhost\r\n\r\n")
            answer = server.receive(client)
        self.assertEqual((answer.status, answer.body), (200, b'{"status":"live"}'))
        self.assertEqual(answer.field("Connection"), "close")
        self.assertEqual(self.server.process.wait(timeout=server.SECONDS_MAX), 0)

    def test_waits_for_a_reader_that_is_slow(self):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(server.SECONDS_MAX)
            client.connect(self.server.place)
            # Far more than the buffers of both sides hold.
            client.sendall(b"GET /api/docs HTTP/1.1\r\nHost: localhost\r\n\r\n" * 700)
            first = client.recv(1000)
            self.server.process.send_signal(signal.SIGTERM)
            self.wait_until_it_stops()
            received = first
            while piece := client.recv(4096):
                received += piece
        answer = None
        answers = received.split(b"HTTP/1.1 200 OK\r\n")[1:]
        for raw in answers:
            head, _, body = raw.partition(b"\r\n\r\n")
            answer = server.Answer(b"HTTP/1.1 200 OK\r\n" + raw)
            self.assertEqual(len(body), int(answer.field("Content-Length")), head)
        self.assertEqual(answer.field("Connection"), "close")  # What came behind it was not begun.
        self.assertLess(len(answers), 700)
        self.assertEqual(self.server.process.wait(timeout=server.SECONDS_MAX), 0)

    def wait_until_it_stops(self):
        """Until nobody is let in any more."""
        for _ in range(5000):
            try:
                server.connect(self.server.place).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.001)
        self.fail("the server goes on")

    def test_ends_at_once_where_nothing_is_in_flight(self):
        with server.connect(self.server.place) as idle:
            idle.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(server.receive(idle).status, 200)
            self.assertEqual(self.server.stop(), 0)
            self.assertEqual(idle.recv(1), b"")


if __name__ == "__main__":
    unittest.main()
