"""/metrics of the real server: what promtool says of it, what spec/metrics.json says, and that it counts right."""

import json
import re
import subprocess
import unittest

import server
from harness import ROOT

TABLE = {row["name"]: row for row in json.loads((ROOT / "spec" / "metrics.json").read_text(encoding="utf-8"))}


class Metrics(server.ServerTest):
    def show(self):
        answer = server.get(self.server.metrics, "/metrics")
        self.assertEqual(answer.status, 200)
        return answer.body.decode()

    def value(self, series):
        """Of one series, by name and labels as they are shown; 0 before it is there."""
        found = re.search(f"^{re.escape(series)} (.*)$", self.show(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def value_once(self, series, wanted):
        """The value, once it is what is wanted: a request is counted just behind the last byte of its answer."""
        for _ in range(500):
            if (found := self.value(series)) == wanted:
                break
        return found

    def test_promtool_finds_nothing_wrong(self):
        server.get(self.place, "/version")
        run = subprocess.run(["promtool", "check", "metrics"], input=self.show(), capture_output=True, text=True,
                             check=False, timeout=60)
        self.assertEqual((run.returncode, run.stdout + run.stderr), (0, ""))

    def test_shows_exactly_the_table(self):
        server.get(self.place, "/version")
        self.value_once('sotto_http_request_seconds_count{route="/version",method="GET"}', 1.0)
        text = self.show()
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.assertEqual(types, {name: row["type"] for name, row in TABLE.items()})
        for series, labels in re.findall(r"^([a-z_]+)(?:\{(.*)\})? ", text, re.MULTILINE):
            name = series if series in TABLE else re.sub("_(bucket|sum|count)$", "", series)
            self.assertEqual([label for label in re.findall(r'(\w+)="', labels) if label != "le"],
                             TABLE[name]["labels"], series)

    def test_counts_by_the_pattern_of_the_route_never_by_what_was_asked(self):
        series = 'sotto_http_requests_total{route="none",method="none",status="4xx"}'
        before = self.value(series)
        for i in range(20):
            server.get(self.place, f"/made-up-{i}")
        self.assertEqual(self.value_once(series, before + 20), before + 20)
        self.assertNotIn("made-up", self.show())

    def test_counts_connections(self):
        before = self.value("sotto_http_connections")
        with server.connect(self.place), server.connect(self.place):
            self.assertEqual(self.value_once("sotto_http_connections", before + 2), before + 2)
        self.assertEqual(self.value_once("sotto_http_connections", before), before)

    def test_counts_who_leaves_before_the_answer_is_sent(self):
        before = self.value("sotto_http_cut_total")
        with server.connect(self.place) as client:
            # More answers than the buffers of both sides hold, and nobody reads them.
            client.settimeout(1)
            try:
                for _ in range(2000):
                    client.sendall(b"GET /api/docs HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            except TimeoutError:
                pass
        self.assertEqual(self.value_once("sotto_http_cut_total", before + 1), before + 1)
        self.assertEqual(self.value_once("sotto_http_requests_in_flight", 0.0), 0.0)

    def test_only_metrics_answer_on_their_listener(self):
        for path in ("/live", "/api/docs", "/"):
            self.assertEqual(server.get(self.server.metrics, path).status, 404)

    def test_strangers_see_none(self):
        self.assertEqual(server.get(self.place, "/metrics").status, 401)


if __name__ == "__main__":
    unittest.main()
