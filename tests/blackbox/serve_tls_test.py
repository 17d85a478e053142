"""sotto serve over TLS, as a user with curl sees it."""

import os
import re
import signal
import socket
import stat
import subprocess
import time
import unittest

from harness import SOTTO, BlackBox

START_SECONDS_MAX = 30


class Server:
    """A running `sotto serve`; its ports are read from its log."""

    def __init__(self, folder, *arguments):
        self.log_path = folder / "serve.log"
        self.data = folder / "data"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([str(SOTTO), "serve", "--data", str(self.data), *arguments],
                                            stderr=log, stdout=subprocess.DEVNULL)

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern):
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            if match := re.search(pattern, self.log()):
                return match
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{pattern} never came:\n{self.log()}")

    def port(self, event="listening"):
        return int(self.wait_for(event + r' address="127\.0\.0\.1:(\d+)"')[1])

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return self.process.returncode


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--max-time", "20", *map(str, arguments)], capture_output=True,
                          text=True, check=False)


class ServeTls(BlackBox):
    def serve(self, *arguments):
        server = Server(self.folder, *arguments)
        self.addCleanup(server.stop)
        return server

    def test_local_certificate_serves_curl(self):
        server = self.serve("--listen", "127.0.0.1:0", "--tls", "local", "--redirect-listen", "127.0.0.1:0")
        port, plain = server.port(), server.port("redirecting")
        ca = server.data / "tls" / "ca.crt"
        for name in ("localhost", "127.0.0.1"):
            answer = curl("--cacert", ca, f"https://{name}:{port}/health")
            self.assertEqual(answer.stdout, '{"status":"ready"}', answer.stderr)
        self.assertEqual(curl(f"https://localhost:{port}/health").returncode, 60)  # Nobody trusts it yet.
        for key in ("ca.pem", "server.pem"):
            self.assertEqual(stat.S_IMODE(os.stat(server.data / "tls" / key).st_mode), 0o600)

        fetched = curl(f"http://localhost:{plain}/tls/ca.crt").stdout
        self.assertEqual(fetched, ca.read_text())
        shown = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=fetched,
                               capture_output=True, text=True, check=True).stdout
        self.assertIn(server.wait_for(r'local_ca .*fingerprint="([0-9A-F:]+)"')[1], shown)

        followed = curl("-L", "--cacert", ca, f"http://localhost:{plain}/version")
        self.assertIn('"name":"sotto"', followed.stdout, followed.stderr)
        told = curl("-o", "/dev/null", "-w", "%{http_code}", f"http://localhost:{port}/health")
        self.assertEqual(told.stdout, "400")
        self.assertEqual(server.stop(), 0)

    def test_certificate_survives_kill(self):
        server = self.serve("--listen", "127.0.0.1:0", "--tls", "local")
        server.port()
        before = (server.data / "tls" / "ca.crt").read_text()
        server.process.kill()
        server.process.wait(timeout=20)
        again = self.serve("--listen", "127.0.0.1:0", "--tls", "local")
        answer = curl("--cacert", again.data / "tls" / "ca.crt", f"https://localhost:{again.port()}/health")
        self.assertEqual(answer.stdout, '{"status":"ready"}', answer.stderr)
        self.assertEqual((again.data / "tls" / "ca.crt").read_text(), before)

    def test_unix_socket(self):
        path = self.folder / "sotto.sock"
        server = self.serve("--listen", f"unix:{path}")
        server.wait_for("listening")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o660)
        answer = curl("-i", "--unix-socket", path, "http://localhost/health")
        self.assertIn('{"status":"ready"}', answer.stdout, answer.stderr)
        self.assertIn("RateLimit-Remaining:", answer.stdout)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(path.exists())

    def test_exposed_key_is_refused(self):
        server = self.serve("--listen", "127.0.0.1:0", "--tls", "local")
        server.port()
        server.stop()
        key = server.data / "tls" / "server.pem"
        key.chmod(0o644)
        run = subprocess.run([str(SOTTO), "serve", "--data", str(self.folder / "other"), "--listen", "127.0.0.1:0",
                              "--tls", "files", "--tls-certificate", str(key), "--tls-key", str(key)],
                             capture_output=True, text=True, timeout=60, check=False)
        self.assert_refused(run, 1, "http.tls_key_exposed")

    def test_settings_that_do_not_fit_are_refused(self):
        for arguments in (["--tls", "on"], ["--tls", "files"], ["--tls-key", "k.pem"],
                          ["--redirect-listen", "127.0.0.1:0"],
                          ["--tls", "local", "--tls-certificate", "c.pem", "--tls-key", "k.pem"]):
            run = subprocess.run([str(SOTTO), "serve", "--data", str(self.folder / "d"), *arguments],
                                 capture_output=True, text=True, timeout=60, check=False)
            if "on" in arguments:
                self.assert_refused(run, 2, "config.bad_value")
            else:
                self.assert_refused(run, 1, "config.conflict")

    def test_garbage_ends_its_own_connection_alone(self):
        server = self.serve("--listen", "127.0.0.1:0", "--tls", "local")
        port = server.port()
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
                client.sendall(b"\x00" * 200)
                while client.recv(1000):
                    pass
        answer = curl("--cacert", server.data / "tls" / "ca.crt", f"https://localhost:{port}/health")
        self.assertEqual(answer.stdout, '{"status":"ready"}', answer.stderr)


if __name__ == "__main__":
    unittest.main()
