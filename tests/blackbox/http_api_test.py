"""spec/openapi.yaml against the real server: the description is valid, and what the server answers is what it says."""

import json
import subprocess
import sys
import unittest

from harness import ROOT, use_tools

use_tools()

import jsonschema  # noqa: E402
import server  # noqa: E402
import yaml  # noqa: E402

SPEC = ROOT / "spec" / "openapi.yaml"
API = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
BEARER = f"Authorization: Bearer {server.TOKEN}"


def resolve(node):
    while "$ref" in node:
        place = API
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        node = place
    return node


def check(value, schema):
    """Raises where `value` is not what the schema says; its $refs are those of the description."""
    jsonschema.validate(value, {**schema, "components": API["components"]},
                        cls=jsonschema.validators.Draft202012Validator)


class Description(unittest.TestCase):
    def test_is_valid(self):
        run = subprocess.run([sys.executable, "-m", "openapi_spec_validator", "--schema", "3.1", str(SPEC)], check=False,
                             capture_output=True, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_the_validator_would_say_so(self):
        broken = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
        del broken["paths"]["/live"]["get"]["responses"]["200"]["description"]
        run = subprocess.run([sys.executable, "-m", "openapi_spec_validator", "-"], check=False, capture_output=True,
                             text=True, timeout=120, input=json.dumps(broken))
        self.assertNotEqual(run.returncode, 0, run.stdout)

    def test_its_examples_are_right(self):
        for path, item in API["paths"].items():
            for operation in item.values():
                for response in map(resolve, operation["responses"].values()):
                    for body in response.get("content", {}).values():
                        if "example" in body:
                            with self.subTest(path):
                                check(body["example"], body["schema"])


class Answers(server.ServerTest):
    def assert_described(self, answer, operation, has_body=True):
        responses = operation["responses"]
        response = resolve(responses.get(str(answer.status), responses["default"]))
        for name, field in response.get("headers", {}).items():
            field, value = resolve(field), answer.field(name)
            if value is None:
                self.assertFalse(field.get("required", False), f"{name} is missing")
                continue
            check(int(value) if field["schema"].get("type") == "integer" else value, field["schema"])
        if not has_body or "content" not in response:
            self.assertEqual(answer.body, b"")
            return
        media = answer.field("Content-Type").partition(";")[0]
        self.assertIn(media, response["content"])
        schema = response["content"][media]["schema"]
        check(json.loads(answer.body) if media.endswith("json") else answer.body.decode(), schema)

    def test_every_operation_answers_as_described(self):
        for path, item in API["paths"].items():
            for method, operation in item.items():
                with self.subTest(f"{method} {path}"):
                    answer = server.get(self.place, path, BEARER, method=method.upper())
                    self.assertEqual(answer.status, 200, answer.raw[:500])
                    self.assert_described(answer, operation)
                    self.assertEqual(len(answer.body), int(answer.field("Content-Length")))

    def test_get_answers_head_with_the_same_fields(self):
        changing = ("date", "content-length", "x-request-id", "ratelimit-remaining", "ratelimit-reset")
        for path in API["paths"]:
            with self.subTest(path), server.connect(self.place) as client:
                client.sendall(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n{BEARER}\r\nConnection: close\r\n\r\n".encode())
                raw = b""
                while piece := client.recv(65536):
                    raw += piece
                head, full = server.Answer(raw), server.get(self.place, path, BEARER)
                self.assertEqual((head.status, head.body), (200, b""))
                self.assertEqual([f for f in head.fields if f[0].lower() not in changing],
                                 [f for f in full.fields if f[0].lower() not in changing])

    def test_options_lists_the_methods_that_are_described(self):
        for path, item in API["paths"].items():
            with self.subTest(path):
                methods = {name.upper() for name in item if name in ("get", "put", "post", "delete", "patch")}
                if "GET" in methods:
                    methods.add("HEAD")
                answer = server.get(self.place, path, method="OPTIONS")
                self.assertEqual(set(answer.field("Allow").split(", ")), methods | {"OPTIONS"})

    def test_what_the_client_has_is_not_sent_again(self):
        for path, item in API["paths"].items():
            if "304" not in item["get"]["responses"]:
                continue
            with self.subTest(path):
                etag = server.get(self.place, path).field("ETag")
                answer = server.get(self.place, path, f"If-None-Match: {etag}")
                self.assertEqual(answer.status, 304)
                self.assert_described(answer, item["get"])

    def test_errors_are_problems(self):
        operation = API["paths"]["/live"]["get"]
        for status, answer in ((404, server.get(self.place, "/nothing")),
                               (405, server.get(self.place, "/live", method="DELETE")),
                               (400, server.get(self.place, "/live/")),
                               (431, server.get(self.place, "/live", *["A: b"] * 200))):
            with self.subTest(status):
                self.assertEqual(answer.status, status)
                self.assert_described(answer, operation)

    def test_metrics_need_their_token(self):
        for fields in ((), ("Authorization: Bearer wrong",), (f"Authorization: Basic {server.TOKEN}",)):
            answer = server.get(self.place, "/metrics", *fields)
            self.assertEqual((answer.status, answer.json()["code"]), (401, "ops.metrics_token"))
            self.assert_described(answer, API["paths"]["/metrics"]["get"])

    def test_the_served_description_is_the_one_of_the_source(self):
        self.assertEqual(server.get(self.place, "/api/openapi.yaml").body, SPEC.read_bytes())
        self.assertEqual(server.get(self.place, "/api/openapi.json").json(), API)

    def test_health_says_no_more_than_it_must(self):
        for path in ("/live", "/ready", "/health"):
            self.assertEqual(list(server.get(self.place, path).json()), ["status"])


class Limits(server.ServerTest):
    OPTIONS = ("--requests-per-minute", "1")

    def test_who_asks_too_often_is_told_when_to_come_back(self):
        with server.connect(self.place) as client:
            for _ in range(400):
                client.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = server.receive(client)
                if answer.status != 200:
                    break
        self.assertEqual((answer.status, answer.json()["code"]), (429, "http.rate_limited"))
        self.assertGreaterEqual(int(answer.field("Retry-After")), 1)
        self.assertEqual(answer.field("RateLimit-Remaining"), "0")


if __name__ == "__main__":
    unittest.main()
