"""Settings through the real program: the file, the environment and options; SIGHUP; show, check, docs; the doctor."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import tomllib
import unittest

from harness import ROOT, SOTTO, BlackBox

WAIT_SECONDS = 60


def clean_environment(**more):
    """This process's environment without settings, and with variables of developers that are none."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SOTTO_")}
    return plain | {"SOTTO_MODELS": "/nowhere", "SOTTO_TEST_OF_OURS": "1"} | more


def run(*arguments, **environment):
    return subprocess.run([str(SOTTO), *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=WAIT_SECONDS, env=clean_environment(**environment))


class Config(BlackBox):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        self.file = self.data / "sotto.toml"

    def write(self, text, mode=0o600):
        """The file is replaced whole, as editors do."""
        draft = self.data / "draft"
        draft.write_text(text, encoding="utf-8")
        draft.chmod(mode)
        draft.rename(self.file)

    def refused(self, *arguments, **environment):
        """The lines on standard error of a run that ends with status 1 or 2."""
        result = run(*arguments, **environment)
        self.assertIn(result.returncode, (1, 2), result.stderr)
        self.assertIsNone(re.search(r"Sanitizer|check failed|terminate called", result.stderr), result.stderr)
        return result.stderr.splitlines()


class Serve(Config):
    def start(self, *arguments, **environment):
        """A server on a free port, once it says where it listens."""
        self.log = []
        self.process = subprocess.Popen(
            [str(SOTTO), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *arguments],
            stderr=subprocess.PIPE, text=True, env=clean_environment(**environment))
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait, WAIT_SECONDS)
        self.addCleanup(self.process.kill)
        line = self.wait_for_line("listening")
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])

    def wait_for_line(self, part):
        for line in self.process.stderr:
            self.log.append(line)
            if part in line:
                return line
        raise AssertionError(f"no {part!r} in {self.log}")

    def hang_up(self, part):
        self.process.send_signal(signal.SIGHUP)
        return self.wait_for_line(part)

    def ask(self, path="/health", **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        try:
            connection.putrequest("GET", path, skip_host="Host" in fields)
            for name, value in fields.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    def test_a_setting_takes_effect_on_sighup(self):
        self.start()
        self.assertEqual(self.ask(Host="speech.example.org").status, 421)
        self.write('[server]\npublic_url = "https://speech.example.org"\ncors_origins = ["https://app.example.org"]\n'
                   "[rates]\ngeneral_burst = 17\n")
        line = self.hang_up("settings reloaded")
        for name in ("server.public_url", "server.cors_origins", "rates.general_burst"):
            self.assertIn(name, line)
        answer = self.ask(Host="speech.example.org", Origin="https://app.example.org")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "https://app.example.org")
        self.assertEqual(answer.headers["RateLimit-Limit"], "17")

    def test_a_broken_file_changes_nothing(self):
        self.write('[server]\nhosts = ["one.example.org"]\n')
        self.start()
        for broken in ('[server]\nhost = ["two.example.org"]\n', "[server\n", "\x00", '[server]\nhosts = ["*"]\n'):
            self.write(broken)
            self.assertIn("config.", self.hang_up("settings refused"))
            self.assertEqual(self.ask(Host="one.example.org").status, 200)
            self.assertEqual(self.ask(Host="two.example.org").status, 421)

    def test_the_log_level_is_live_and_the_threads_are_not(self):
        self.start()
        self.write('[log]\nlevel = "warning"\n[server]\nhandler_threads = 3\n')
        self.assertIn("server.handler_threads", self.hang_up("settings need a restart"))
        self.ask("/nothing-of-this-is-logged")
        self.write('[log]\nlevel = "info"\n')
        self.hang_up("settings reloaded")
        self.ask("/this-is-logged")
        self.wait_for_line("/this-is-logged")
        self.assertNotIn("/nothing-of-this-is-logged", "".join(self.log))

    def test_it_answers_while_settings_change(self):
        self.start()
        for turn in range(30):
            self.write(f'[server]\nhosts = ["h{turn}.example.org"]\n')
            self.process.send_signal(signal.SIGHUP)
            self.assertEqual(self.ask().status, 200)
        deadline = time.monotonic() + WAIT_SECONDS  # Signals may meet; the last one counts.
        while self.ask(Host="h29.example.org").status != 200:
            self.assertLess(time.monotonic(), deadline)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(WAIT_SECONDS), 0)

    def test_the_doctor_finds_the_server(self):
        self.start()
        answer = run("doctor", "--json", "--data", self.data, "--listen", f"127.0.0.1:{self.port}")
        checks = [finding for finding in json.loads(answer.stdout) if finding["check"] == "address"]
        self.assertEqual([(c["state"], c["message"]) for c in checks],
                         [("ok", f"A Sotto server answers at 127.0.0.1:{self.port}.")])


class Tell(Config):
    def test_show_tells_where_each_value_came_from(self):
        self.write('[log]\nlevel = "warning"\n')
        result = run("config", "show", "--json", "--data", self.data, "--rates.login_burst", "20",
                     SOTTO_SERVER_HOSTS="a.example.org,b.example.org")
        self.assertEqual(result.returncode, 0, result.stderr)
        values = {row["name"]: row for row in json.loads(result.stdout)}
        told = {name: (values[name]["value"], values[name]["place"]) for name in
                ("log.level", "rates.login_burst", "server.hosts", "log.format")}
        self.assertEqual(told, {"log.level": ('"warning"', f"{self.file}:2"),
                                "rates.login_burst": ("20.0", "--rates.login_burst"),
                                "server.hosts": ('["a.example.org", "b.example.org"]', "SOTTO_SERVER_HOSTS"),
                                "log.format": ('"text"', "default")})
        text = run("config", "show", "--data", self.data)
        self.assertRegex(text.stdout, rf'log\.level = "warning" +# {re.escape(str(self.file))}:2\n')

    def test_what_show_prints_can_be_read_again(self):
        self.write(run("config", "show", "--data", self.data).stdout.replace(f'data.folder = "{self.data}"', "#"))
        result = run("config", "check", "--data", self.data)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_check_tells_everything_at_once(self):
        self.write('[server]\nlisten = ["127.0.0.1"]\nidle_timeout_secnds = 5\nio_threads = 0\n[log]\nlevel = 3\n')
        lines = self.refused("config", "check", self.file, SOTTO_LOG_FORMATS="json")
        for number, parts in enumerate((
                (":2: server.listen must be ADDRESS:PORT", "config.bad_value"),
                (':3: Unknown setting "server.idle_timeout_secnds"; did you mean "server.idle_timeout_seconds"?',
                 "config.unknown_setting"),
                (":4: server.io_threads must be a whole number from 1 to 64", "config.out_of_bounds"),
                (":6: log.level must be a text", "config.wrong_type"),
                ('did you mean "SOTTO_LOG_FORMAT"', "config.unknown_setting"))):
            for part in parts:
                self.assertIn(part, lines[number])
        self.assertEqual(len(lines), 5, lines)

    def test_serve_refuses_what_check_refuses(self):
        for text, reason in (("x", "config.bad_syntax"), ("a = 1\na = 2\n", "config.duplicate_setting"),
                             ("[server]\nhead_bytes_max = 8192\n", "config.conflict"),
                             ('[server]\nlisten = ["0.0.0.0:0"]\n', "app.plain_http")):
            self.write(text)
            for command in (("config", "check", self.file), ("serve", "--data", self.data)):
                lines = self.refused(*command)
                self.assertEqual(len(lines), 1, lines)
                self.assertIn(f"({reason})", lines[0])

    def test_a_file_that_is_named_must_be_there(self):
        self.assertIn("(runtime.not_found)", self.refused("serve", "--config", self.folder / "no.toml")[0])
        self.assertIn("(runtime.is_a_folder)", self.refused("config", "check", self.folder)[0])
        self.file.write_bytes(b"#" * (256 * 1024 + 1))
        self.assertIn("(runtime.file_too_large)", self.refused("config", "check", self.file)[0])

    def test_options_are_refused_with_the_option(self):
        result = run("serve", "--data", self.data, "--rates.login_burst", "many")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--rates.login_burst: rates.login_burst must be a number from", result.stderr)

    def test_docs_are_the_files_of_the_repository(self):
        self.assertEqual(run("config", "docs").stdout, (ROOT / "docs/reference/settings.md").read_text("utf-8"))
        sample = run("config", "docs", "--sample").stdout
        self.assertEqual(sample, (ROOT / "deploy/config.example.toml").read_text("utf-8"))
        in_use = "\n".join(line[1:] if re.match(r"#\w", line) else line for line in sample.splitlines())
        spec = json.loads((ROOT / "spec/settings.json").read_text("utf-8"))
        values = tomllib.loads(in_use)
        for row in spec:
            area, _, field = row["name"].rpartition(".")
            self.assertEqual((values[area] if area else values)[field], row["default"], row["name"])
        self.file.write_text(sample, encoding="utf-8")
        self.assertEqual(run("config", "check", self.file).returncode, 0)


class Production(Config):
    def test_weak_settings_stop_the_start_with_the_whole_list(self):
        self.write('profile = "production"\n[server]\nlisten = ["0.0.0.0:0"]\nallow_plain_http = true\n'
                   'cors_origins = ["http://app.example.org"]\n[metrics]\nlisten = ["[::]:0"]\n[log]\nlevel = "debug"\n',
                   mode=0o666)
        for command in (("serve", "--data", self.data), ("config", "check", self.file)):
            text = "\n".join(self.refused(*command))
            for part in ("0.0.0.0:0", "http://app.example.org", "[::]:0", "log.level is debug",
                         "sotto.toml can be changed by others"):
                self.assertIn(part, text)
            self.assertEqual(text.count("(config.weak_setting)"), text.count("\n") + 1)

    def test_data_in_a_temporary_folder_is_weak(self):
        lines = self.refused("serve", "--profile", "production", "--listen", "127.0.0.1:0", "--data", "/tmp/sotto-x")
        self.assertTrue(any("data.folder is /tmp/sotto-x" in line for line in lines), lines)
        self.assertFalse(pathlib.Path("/tmp/sotto-x").exists())


class Doctor(Config):
    def test_it_says_what_to_do(self):
        result = run("doctor", "--data", self.data, "--listen", "127.0.0.1:0")
        self.assertRegex(result.stdout, r"ok +data folder: ")
        self.assertRegex(result.stdout, r"ok +media helper: ")
        self.assertRegex(result.stdout, r"ok +onnx runtime: ")
        self.assertRegex(result.stdout, r"ok +address: 127\.0\.0\.1:0 is free")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_it_fails_where_something_is_wrong(self):
        self.write("[log]\nlevl = 1\n")
        self.data.chmod(0o755)
        result = run("doctor", "--json", "--data", self.data, "--listen", "127.0.0.1:0")
        self.assertEqual(result.returncode, 1)
        found = {(finding["check"], finding["state"]) for finding in json.loads(result.stdout)}
        self.assertLessEqual({("settings", "fail"), ("data folder", "warn")}, found)
        # Another program at the address.
        listener = subprocess.Popen(["python3", "-c", "import socket,sys; s=socket.create_server(('127.0.0.1',0)); "
                                     "print(s.getsockname()[1], flush=True); sys.stdin.read()"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with listener:
            port = listener.stdout.readline().strip()
            result = run("doctor", "--data", self.folder / "new", "--listen", f"127.0.0.1:{port}")
            listener.stdin.close()
        self.assertIn(f"Another program listens at 127.0.0.1:{port}.", result.stdout)
        self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main()
