#!/usr/bin/env python3
"""What stands in deploy/, each by the tool that reads it, and against what the program really does."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "sotto.service"
sys.path.insert(0, str(ROOT / "tests" / "blackbox"))
import server  # noqa: E402
from harness import MODELS, SOTTO, BlackBox, sotto  # noqa: E402

EXPOSURE_MAX = 15  # Tenths of systemd's points from 0 (closed) to 100 (open).
TABLE = {row["name"]: row["type"] for row in json.loads((ROOT / "spec/metrics.json").read_text(encoding="utf-8"))}


def run(*command, **options):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=300, **options)


class FileTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-deploy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def assert_passes(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result


def line_of_start(process):
    """The line of the log that says where the server listens."""
    for line in process.stderr:
        if " listening " in line or '"listening"' in line:
            return line
    raise AssertionError("the server did not start")


class Systemd(FileTest):
    def test_is_closed(self):
        self.assert_passes(run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", UNIT))

    def test_the_threshold_holds(self):
        opened = self.folder / "sotto.service"
        opened.write_text(UNIT.read_text().replace("SystemCallFilter=@system-service\n", ""))
        result = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", opened)
        self.assertNotEqual(result.returncode, 0, result.stdout)

    def test_has_no_line_that_systemd_does_not_know(self):
        here = self.folder / "sotto.service"
        here.write_text(UNIT.read_text().replace("/opt/sotto/sotto", str(SOTTO)))
        result = self.assert_passes(run("systemd-analyze", "verify", "--man=no", here))
        self.assertEqual(result.stdout + result.stderr, "")

    def test_its_command_line_is_one(self):
        words = re.search(r"ExecStart=(.*?[^\\])\n", UNIT.read_text(), re.DOTALL)[1].replace("\\\n", " ").split()[1:]
        words[words.index("/var/lib/sotto")] = str(self.folder / "data")
        for fixed in ("127.0.0.1:8484", "127.0.0.1:9484"):
            words[words.index(fixed)] = "127.0.0.1:0"
        with subprocess.Popen([str(SOTTO), *words], stderr=subprocess.PIPE, text=True) as process:
            line_of_start(process)
            process.terminate()
            process.communicate(timeout=server.SECONDS_MAX)
        self.assertEqual(process.returncode, 0)


class AllowedCalls(BlackBox):
    """Nothing that the program and its helper ask of the kernel is forbidden by the unit."""

    def allowed(self):
        """Names that SystemCallFilter leaves: @system-service without @privileged, groups within groups followed."""
        def members(group):
            names = set()
            for line in run("systemd-analyze", "syscall-filter", group).stdout.splitlines()[1:]:
                word = line.strip()
                if word.startswith("@"):
                    names |= members(word)
                elif word and not word.startswith("#"):
                    names.add(word)
            return names
        text = UNIT.read_text()
        self.assertRegex(text, r"SystemCallFilter=@system-service\nSystemCallFilter=~@privileged\n(#.*\n)*SystemCallFilter=seccomp\n")
        return members("@system-service") - members("@privileged") | {"seccomp"}

    def check(self, trace):
        calls = set()
        for path in self.folder.glob(trace.name + "*"):
            for line in path.read_text(errors="replace").splitlines():
                if found := re.match(r"([a-z_0-9]+)\(", line):
                    calls.add(found[1])
                # MemoryDenyWriteExecute.
                self.assertFalse("PROT_WRITE" in line and "PROT_EXEC" in line, line)
                if "socket(" in line and "= -1" not in line:
                    self.assertRegex(line, r"socket\(AF_(INET|INET6|UNIX)\b")
        self.assertGreater(len(calls), 20)
        # SQLite gives its files to the database's owner where it runs as root, which the unit does not.
        of_root = {"fchown"} if os.geteuid() == 0 else set()
        self.assertEqual(calls - self.allowed() - of_root - {"exit_group", "restart_syscall"}, set())

    def trace(self, path):
        # What finds leaks traces the program itself, which only one can.
        return ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-ff", "-qq", "-o", str(path)]

    def test_of_the_server(self):
        path = self.folder / "serve"
        command = self.trace(path) + [str(SOTTO), "serve", "--data", str(self.folder / "data"), "--listen", "127.0.0.1:0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            line = line_of_start(process)
            place = ("127.0.0.1", int(re.search(r"127\.0\.0\.1:(\d+)", line)[1]))
            for target in ("/live", "/version", "/api/docs", "/nothing"):
                server.get(place, target)
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]), 15)
            process.communicate(timeout=server.SECONDS_MAX)
        self.check(path)

    def test_of_transcription_with_its_helper(self):
        path = self.folder / "transcribe"
        command = self.trace(path) + [str(SOTTO), "transcribe", str(self.speech()), "--models", str(MODELS)]
        if not (MODELS / "moonshine-base").exists():
            self.skipTest("SOTTO_MODELS has no moonshine-base")
        result = run(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check(path)


class Proxies(FileTest):
    def test_caddy_takes_it(self):
        self.assert_passes(run("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "caddy/Caddyfile",
                               env=os.environ | {"HOME": str(self.folder)}))

    def nginx(self, text):
        """nginx's word about the file in an http block, with a certificate made for the test."""
        for name in ("fullchain.pem", "privkey.pem"):
            self.assertIn(f"/etc/ssl/sotto/{name}", text)
        self.assert_passes(run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                               "-subj", "/CN=sotto.example.org", "-keyout", self.folder / "privkey.pem",
                               "-out", self.folder / "fullchain.pem"))
        (self.folder / "sotto.conf").write_text(text.replace("/etc/ssl/sotto/", f"{self.folder}/"))
        config = self.folder / "nginx.conf"
        config.write_text(f"pid {self.folder}/pid; error_log stderr; events {{ }}\n"
                          f"http {{ access_log off; include {self.folder}/sotto.conf; }}\n")
        return run("nginx", "-t", "-e", "stderr", "-c", config)

    def test_nginx_takes_it(self):
        result = self.assert_passes(self.nginx((DEPLOY / "nginx/sotto.conf").read_text()))
        self.assertNotIn("warn", result.stderr)

    def test_nginx_would_say_so(self):
        text = (DEPLOY / "nginx/sotto.conf").read_text().replace("proxy_pass http://sotto;", "proxy_pass;")
        self.assertNotEqual(self.nginx(text).returncode, 0)

    def test_both_close_the_metrics_and_replace_the_clients_words(self):
        caddy, nginx = (DEPLOY / "caddy/Caddyfile").read_text(), (DEPLOY / "nginx/sotto.conf").read_text()
        self.assertIn("/metrics", caddy)
        self.assertIn("location = /metrics", nginx)
        self.assertIn("header_up -Forwarded", caddy)
        self.assertRegex(nginx, r'proxy_set_header Forwarded +"";')


class Prometheus(FileTest):
    RULES = DEPLOY / "prometheus/sotto.rules.yml"

    def names(self, text):
        """Metrics that an expression names, without the suffixes of a histogram's series."""
        for name in re.findall(r"\b(?:sotto|process)_[a-z_]+\b", text):
            yield name if name in TABLE else re.sub("_(bucket|sum|count)$", "", name)

    def test_rules_are_right_and_tested(self):
        folder = DEPLOY / "prometheus"
        self.assert_passes(run("promtool", "check", "rules", "--lint-fatal", self.RULES))
        self.assert_passes(run("promtool", "check", "config", folder / "prometheus.yml"))
        self.assert_passes(run("promtool", "test", "rules", folder / "sotto.rules.test.yml"))

    def test_rules_use_metrics_that_there_are(self):
        expressions = re.findall(r"expr:(.*?)\n +(?:for|labels):", self.RULES.read_text(), re.DOTALL)
        self.assertGreater(len(expressions), 5)
        used = {name for text in expressions for name in self.names(text)}
        self.assertEqual(used - TABLE.keys(), set())

    def test_the_dashboard_uses_every_metric_and_no_other(self):
        board = json.loads((DEPLOY / "grafana/sotto.json").read_text(encoding="utf-8"))
        expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        self.assertEqual({name for text in expressions for name in self.names(text)}, set(TABLE))
        ids = [panel["id"] for panel in board["panels"]]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertTrue(all(panel["description"] for panel in board["panels"]))

    def test_the_dashboards_expressions_are_promql(self):
        board = json.loads((DEPLOY / "grafana/sotto.json").read_text(encoding="utf-8"))
        rules = [{"record": f"panel:{panel['id']}:{target['refId'].lower()}",
                  "expr": target["expr"].replace("$instance", "a")}
                 for panel in board["panels"] for target in panel["targets"]]
        path = self.folder / "dashboard.yml"
        path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        self.assert_passes(run("promtool", "check", "rules", path))


class Container(FileTest):
    FILE = DEPLOY / "container/Containerfile"

    def test_hadolint_finds_nothing(self):
        self.assert_passes(run(ROOT / ".deps/python/bin/hadolint", self.FILE))

    def test_holds_every_library_that_the_programs_need(self):
        """Debian's packages of what the programs link themselves; what those need, apt brings."""
        packages = set(re.search(r"ca-certificates (lib.*?)&& rm", self.FILE.read_text().replace("\\\n", " "))[1].split())
        packages |= {"libc6", "libgcc-s1"}  # In every image.
        for program in (SOTTO, SOTTO.parent / "sotto-media"):
            needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", program).stdout)
            self.assertGreater(len(needed), 3)
            for name in needed:
                if name.startswith(("libasan", "libubsan", "libtsan", "libonnxruntime", "ld-linux")):
                    continue
                found = {line.partition(":")[0] for line in run("dpkg", "-S", f"*/{name}").stdout.splitlines()}
                self.assertTrue(found & packages, f"{name} comes with one of {found}")

    def test_runs_as_nobody_in_particular(self):
        text = self.FILE.read_text()
        self.assertRegex(text, r"\nUSER [1-9]\d*:[1-9]\d*\n")
        self.assertNotIn("latest", text)


if __name__ == "__main__":
    unittest.main()
