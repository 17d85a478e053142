"""What a request can get wrong, byte by byte, against the real server: the exact status and reason each time, and
afterwards the server still answers. The limits are tested at and above (the defaults of HeadLimits)."""

import unittest

import server

LINE_MAX, HEAD_MAX, FIELDS_MAX, SEGMENTS_MAX, PARAMETERS_MAX = 8192, 32768, 100, 32, 100
HOST = "Host: localhost\r\n"


def request(target="/live", fields="", method="GET", host=HOST, version="HTTP/1.1", body=""):
    return f"{method} {target} {version}\r\n{host}{fields}\r\n{body}".encode("latin-1")


def sized_target(size):
    """A target that makes a request line of `size` bytes."""
    return "/live?" + "a" * (size - len("GET /live? HTTP/1.1"))


def sized_head(size, name="X-Pad"):
    pads, left = "", size - len(request())
    while left:
        piece = min(left, 8000) if left - min(left, 8000) > 20 or left <= 8000 else left - 4000
        pads += f"{name}: " + "a" * (piece - len(name) - 4) + "\r\n"
        left -= piece
    return request(fields=pads)


CHUNKED = "Transfer-Encoding: chunked\r\n"
# Name, bytes, status, reason (None: it is right, and must not be refused).
CASES = [
    # Sizes.
    ("line at the limit", request(sized_target(LINE_MAX)), 200, None),
    ("line above", request(sized_target(LINE_MAX + 1)), 414, "http.uri_too_long"),
    ("line without end", b"GET /" + b"a" * 100_000, 414, "http.uri_too_long"),
    ("head at the limit", sized_head(HEAD_MAX), 200, None),
    ("head above", sized_head(HEAD_MAX + 1), 431, "http.head_too_large"),
    ("one huge header", request(fields="X-A: " + "a" * HEAD_MAX + "\r\n"), 431, "http.head_too_large"),
    ("huge cookie", request(fields="Cookie: a=" + "b" * HEAD_MAX + "\r\n"), 431, "http.head_too_large"),
    ("many cookies", request(fields="Cookie: a=b\r\n" * FIELDS_MAX), 431, "http.too_many_fields"),
    ("fields at the limit", request(fields="A: b\r\n" * (FIELDS_MAX - 1)), 200, None),
    ("fields above", request(fields="A: b\r\n" * FIELDS_MAX), 431, "http.too_many_fields"),
    ("body where none is taken", request(fields="Content-Length: 1\r\n", body="a"), 413, "http.body_too_large"),
    ("huge body announced", request(fields="Content-Length: 18446744073709551615\r\n"), 413, "http.body_too_large"),
    ("chunked body where none is taken", request(fields=CHUNKED, body="1\r\na\r\n0\r\n\r\n"), 413,
     "http.body_too_large"),
    ("path at the limit", request("/a" * SEGMENTS_MAX), 404, "http.not_found"),
    ("path above", request("/a" * (SEGMENTS_MAX + 1)), 400, "http.bad_path"),
    ("query at the limit", request("/live?" + "&".join("a" * PARAMETERS_MAX)), 200, None),
    ("query above", request("/live?" + "&".join("a" * (PARAMETERS_MAX + 1))), 400, "http.bad_query"),
    # Text.
    ("raw bytes in the path", request("/\xc3\xa4"), 400, "http.bad_target"),
    ("bad UTF-8 in the path", request("/%ff"), 400, "http.bad_path"),
    ("overlong UTF-8 in the path", request("/%c0%af"), 400, "http.bad_path"),
    ("surrogate in the path", request("/%ed%a0%80"), 400, "http.bad_path"),
    ("bad UTF-8 in the query", request("/live?a=%ff"), 400, "http.bad_query"),
    ("half an escape in the path", request("/live%4"), 400, "http.bad_path"),
    ("half an escape in the query", request("/live?a=%4"), 400, "http.bad_query"),
    ("escape of no hexadecimal digits", request("/live%zz"), 400, "http.bad_path"),
    ("NUL in a header", request(fields="X-A: a\0b\r\n"), 400, "http.bad_field"),
    ("DEL in a header", request(fields="X-A: a\x7fb\r\n"), 400, "http.bad_field"),
    ("lone CR in a header", request(fields="X-A: a\rX-B: b\r\n"), 400, "http.bad_field"),
    ("NUL in the line", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "http.bad_target"),
    # Smuggling.
    ("both lengths", request(fields="Content-Length: 5\r\n" + CHUNKED, body="0\r\n\r\n"), 400, "http.bad_framing"),
    ("both lengths, the other way", request(fields=CHUNKED + "Content-Length: 5\r\n", body="0\r\n\r\n"), 400,
     "http.bad_framing"),
    ("Content-Length twice", request(fields="Content-Length: 0\r\nContent-Length: 0\r\n"), 400, "http.bad_framing"),
    ("Content-Length as a list", request(fields="Content-Length: 0, 0\r\n"), 400, "http.bad_framing"),
    ("Content-Length with a sign", request(fields="Content-Length: +1\r\n", body="a"), 400, "http.bad_framing"),
    ("Content-Length below zero", request(fields="Content-Length: -1\r\n"), 400, "http.bad_framing"),
    ("Content-Length in hexadecimal", request(fields="Content-Length: 0x1\r\n", body="a"), 400, "http.bad_framing"),
    ("Content-Length above 64 bits", request(fields="Content-Length: 18446744073709551616\r\n"), 400,
     "http.bad_framing"),
    ("empty Content-Length", request(fields="Content-Length:\r\n"), 400, "http.bad_framing"),
    ("Transfer-Encoding twice", request(fields=CHUNKED * 2), 400, "http.bad_framing"),
    ("unknown coding", request(fields="Transfer-Encoding: gzip\r\n"), 501, "http.transfer_coding_unknown"),
    ("chunked and another", request(fields="Transfer-Encoding: gzip, chunked\r\n"), 501,
     "http.transfer_coding_unknown"),
    ("identity", request(fields="Transfer-Encoding: identity\r\n"), 501, "http.transfer_coding_unknown"),
    ("chunked under HTTP/1.0", request(fields=CHUNKED, version="HTTP/1.0"), 400, "http.bad_framing"),
    ("folded line", request(fields="X-A: a\r\n b\r\n"), 400, "http.bad_field"),
    ("folded with a tab", request(fields="X-A: a\r\n\tb\r\n"), 400, "http.bad_field"),
    ("space before the colon", request(fields="Content-Length : 0\r\n"), 400, "http.bad_field"),
    ("no colon", request(fields="X-A\r\n"), 400, "http.bad_field"),
    ("empty name", request(fields=": a\r\n"), 400, "http.bad_field"),
    ("bare LF throughout", b"GET /live HTTP/1.1\nHost: localhost\n\n", 400, "http.bad_field"),
    ("bare LF in a header", request(fields="X-A: a\nX-B: b\r\n"), 400, "http.bad_field"),
    ("bare LF behind the line", b"GET /live HTTP/1.1\nHost: localhost\r\n\r\n", 400, "http.bad_request_line"),
    ("no Host", request(host=""), 400, "http.bad_host"),
    ("two Hosts", request(host=HOST * 2), 400, "http.bad_host"),
    ("empty Host", request(host="Host:\r\n"), 400, "http.bad_host"),
    ("Host of somebody else", request(host="Host: evil.example\r\n"), 421, "http.host_unknown"),
    ("target of somebody else", request("http://evil.example/live"), 421, "http.host_unknown"),
    ("Host with a trick", request(host="Host: localhost@evil.example\r\n"), 421, "http.host_unknown"),
    # Paths.
    ("..", request("/../etc/passwd"), 400, "http.bad_path"),
    (".. inside", request("/api/../live"), 400, "http.bad_path"),
    (".", request("/./live"), 400, "http.bad_path"),
    ("%2e", request("/%2e/live"), 400, "http.bad_path"),
    ("%2e%2e", request("/api/%2e%2e/live"), 400, "http.bad_path"),
    ("%2E.", request("/api/%2E./live"), 400, "http.bad_path"),
    ("%00", request("/live%00"), 400, "http.bad_path"),
    ("%00.css", request("/api/docs%00.css"), 400, "http.bad_path"),
    ("%0d%0a", request("/live%0d%0aX-A:b"), 400, "http.bad_path"),
    ("//", request("//live"), 400, "http.bad_path"),
    ("// inside", request("/api//docs"), 400, "http.bad_path"),
    ("/ at the end", request("/live/"), 400, "http.bad_path"),
    ("%2f", request("/api%2fdocs"), 400, "http.bad_path"),
    ("%5c", request("/api%5cdocs"), 400, "http.bad_path"),
    ("back slash", request("/api\\docs"), 400, "http.bad_path"),
    ("twice encoded", request("/%252e%252e/live"), 404, "http.not_found"),
    ("fragment", request("/live#a"), 400, "http.bad_target"),
    ("other case", request("/LIVE"), 404, "http.not_found"),
    ("no path", request("live"), 400, "http.bad_target"),
    ("asterisk", request("*", method="OPTIONS"), 400, "http.bad_target"),
    # Methods, versions, lines.
    ("POST where there is GET", request(method="POST", fields="Content-Length: 0\r\n"), 405,
     "http.method_not_allowed"),
    ("DELETE", request(method="DELETE"), 405, "http.method_not_allowed"),
    ("POST to nothing", request("/nothing", method="POST"), 404, "http.not_found"),
    ("CONNECT", request("localhost:80", method="CONNECT"), 501, "http.method_unknown"),
    ("TRACE", request(method="TRACE"), 501, "http.method_unknown"),
    ("made-up method", request(method="BREW"), 501, "http.method_unknown"),
    ("lower case", request(method="get"), 501, "http.method_unknown"),
    ("no method", b" /live HTTP/1.1\r\n" + HOST.encode() + b"\r\n", 400, "http.bad_request_line"),
    ("method of signs", request(method="G{}T"), 400, "http.bad_request_line"),
    ("HTTP/2.0", request(version="HTTP/2.0"), 505, "http.version_unsupported"),
    ("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http.version_unsupported"),
    ("HTTP/0.9", b"GET /live\r\n\r\n", 400, "http.bad_request_line"),
    ("no version", request(version=""), 400, "http.bad_request_line"),
    ("TLS", bytes.fromhex("16030100050100000100") + b"\r\n\r\n", 400, "http.bad_request_line"),
    ("blank line first", b"\r\n" + request(), 400, "http.bad_request_line"),
    ("unknown expectation", request(fields="Expect: tea\r\n"), 400, "http.expectation_unknown"),
    ("query where none is read", request("/live?x=1"), 200, None),
]


class BadRequests(server.ServerTest):
    def test_each_is_answered_with_its_reason(self):
        self.assertEqual(len({name for name, *_ in CASES}), len(CASES))
        for name, raw, status, code in CASES:
            with self.subTest(name):
                answer = server.exchange(self.place, raw)
                self.assertEqual(answer.status, status, answer.raw[:500])
                if code is None:
                    continue
                self.assertEqual(answer.field("Content-Type"), "application/problem+json")
                problem = answer.json()
                self.assertEqual((problem["status"], problem["code"]), (status, code), problem)
                self.assertEqual(problem["request_id"], answer.field("X-Request-Id"))
                self.assertTrue(problem["detail"].endswith("."), problem)
                self.assertEqual(answer.field("Cache-Control"), "no-store")
                if status == 405:
                    self.assertEqual(answer.field("Allow"), "GET, HEAD, OPTIONS")
                self.assert_well()

    def test_nothing_behind_a_refused_head_is_taken_for_a_request(self):
        hidden = request("/version", fields="Connection: close\r\n")
        for name, raw, status, code in CASES:
            if code in ("http.bad_framing", "http.bad_field", "http.bad_host", "http.bad_request_line"):
                with self.subTest(name), server.connect(self.place) as client:
                    client.sendall(raw + hidden)
                    received = b""
                    while piece := receive_or_nothing(client):
                        received += piece
                    self.assertEqual(received.count(b"HTTP/1.1 "), 1, received)

    def test_chunked_tricks(self):
        # No route takes a body yet: what stands here shows that chunks are never looked into before that is known.
        for body in ("1;a=b\r\na\r\n0\r\n\r\n", "0\r\nX-A: b\r\n\r\n", "zz\r\n", "1\na\n0\n\n", "f" * 17 + "\r\n"):
            with self.subTest(body):
                answer = server.exchange(self.place, request(method="POST", fields=CHUNKED, body=body))
                self.assertEqual((answer.status, answer.json()["code"]), (405, "http.method_not_allowed"))

    def test_a_head_that_comes_byte_by_byte(self):
        with server.connect(self.place) as client:
            for byte in request():
                client.sendall(bytes([byte]))
            self.assertEqual(server.receive(client).status, 200)

    def test_requests_in_one_piece_are_answered_in_order(self):
        with server.connect(self.place) as client:
            client.sendall(request("/live") + request("/nothing") + request("/version", fields="Connection: close\r\n"))
            received = b""
            while piece := receive_or_nothing(client):
                received += piece
        marks = [received.index(mark) for mark in (b'"live"', b"http.not_found", b'"version"')]
        self.assertEqual(marks, sorted(marks))

    def test_a_client_that_leaves_in_the_middle(self):
        for raw in (b"", b"G", request()[:-2], request(fields="Content-Length: 5\r\n")):
            with server.connect(self.place) as client:
                client.sendall(raw)
        self.assert_well()


def receive_or_nothing(client):
    try:
        return client.recv(65536)
    except ConnectionResetError:
        return b""


if __name__ == "__main__":
    unittest.main()
