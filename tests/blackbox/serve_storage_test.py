"""What `sotto serve` keeps: its database, on SQLite and on PostgreSQL, and its master key; gone, locked, lost, killed."""

import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

from harness import ROOT, SOTTO
from server import SECONDS_MAX, Server, get

POSTGRES = ROOT / "tools" / "test-postgres"


def sotto(*arguments, **environment):
    return subprocess.run([str(SOTTO), *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=SECONDS_MAX, env=os.environ | environment)


class Storage(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        self.server = self.begin()
        self.data = self.server.folder / "data"

    def begin(self):
        server = Server(*self.OPTIONS)
        self.addCleanup(server.remove)
        return server

    def restart(self):
        self.server = Restarted(self.server, self.OPTIONS)
        self.addCleanup(self.server.remove)

    def refused(self, **environment):
        """The last line of a start that must fail."""
        run = sotto("serve", *self.OPTIONS, "--data", self.data, "--listen", "127.0.0.1:0", **environment)
        self.assertEqual(run.returncode, 1, run.stderr)
        return run.stderr.strip().splitlines()[-1]

    def wait_ready(self, status):
        """Until /ready answers so; a server looks at its database once a second."""
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until:
            answer = get(self.server.place, "/ready")
            if answer.status == status:
                return answer
            time.sleep(0.05)
        self.fail(f"/ready never answered {status}: {self.server.log()[-3000:]}")


class OnSqlite(Storage):
    def test_everything_is_for_its_owner_alone(self):
        self.assertEqual(self.server.stop(), 0)
        for path in [self.data, *self.data.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            self.assertEqual(mode & 0o077, 0, f"{path} has mode {mode:o}")
        self.assertEqual(stat.S_IMODE((self.data / "master.key").stat().st_mode), 0o600)

    def test_the_key_is_made_once_and_announced(self):
        self.assertEqual(self.server.log_after_stop().count("master_key_made"), 1)
        self.assertIn("Copy this file to a safe place", self.server.log())
        before = (self.data / "master.key").read_bytes()
        self.restart()
        self.assertNotIn("master_key_made", self.server.log_after_stop())
        self.assertEqual((self.data / "master.key").read_bytes(), before)

    def test_a_killed_server_starts_again_by_itself(self):
        for _ in range(3):
            self.server.process.kill()
            self.server.process.wait()
            self.restart()
            self.wait_ready(200)
            self.assertIn("database_checked", self.server.log())
        self.assertEqual(self.server.stop(), 0)
        self.restart()
        self.assertNotIn("database_checked", self.server.log_after_stop())

    def test_a_lost_wrong_or_open_key_stops_the_start(self):
        self.server.stop()
        key = self.data / "master.key"
        kept = key.read_bytes()
        key.unlink()
        self.assertIn("(crypto.master_key_missing)", self.refused())
        self.assertIn("(crypto.master_key_wrong)", self.refused(SOTTO_KEYS_MASTER_KEY="ab" * 32))
        key.write_bytes(kept)
        key.chmod(0o644)
        self.assertIn("(crypto.master_key_exposed)", self.refused())
        key.chmod(0o600)
        key.write_bytes(kept.replace(b"sotto_m_", b"sotto_m_A", 1))
        self.assertIn("(crypto.master_key_malformed)", self.refused())
        key.write_bytes(kept)
        self.restart()
        self.wait_ready(200)

    def test_another_writer_keeps_nobody_from_reading(self):
        other = sqlite3.connect(self.data / "sotto.db", isolation_level=None)
        other.execute("begin immediate")
        time.sleep(2.5)  # The server looks at its database twice meanwhile.
        self.assertEqual(get(self.server.place, "/ready").status, 200)
        other.execute("rollback")
        other.close()

    def test_a_locked_database_stops_the_start_until_it_is_free(self):
        self.server.stop()
        other = sqlite3.connect(self.data / "sotto.db", isolation_level=None)
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        self.assertIn("(sql.busy)", self.refused())
        other.execute("rollback")
        other.close()
        self.restart()
        self.wait_ready(200)

    def test_a_damaged_database_stops_the_start(self):
        self.server.stop()
        file = self.data / "sotto.db"
        file.write_bytes(b"\x00" * 100 + file.read_bytes()[100:])
        self.assertRegex(self.refused(), r"\(sql\.(corrupt|not_a_database)\)")

    def test_the_doctor_looks_at_it(self):
        report = sotto("doctor", "--data", self.data).stdout
        self.assertIn("the master key fits", report)
        self.server.stop()
        (self.data / "master.key").unlink()
        report = sotto("doctor", "--data", self.data)
        self.assertEqual(report.returncode, 1)
        self.assertIn("master", report.stdout)

    def test_a_second_server_is_kept_out(self):
        self.assertIn("(app.data_in_use)", self.refused())


class Restarted(Server):
    """A server on the data of one that has ended."""

    def __init__(self, before, options):  # pylint: disable=super-init-not-called
        self.folder, self.metrics = before.folder, before.metrics
        self.log_path = self.folder / f"log-{time.monotonic_ns()}"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(SOTTO), "serve", "--data", str(self.folder / "data"), "--listen", "127.0.0.1:0",
                 "--log-format", "json", *map(str, options)], stdout=log, stderr=log)
        self.place = self.wait_for_place()


class OnPostgresql(Storage):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-postgres-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)  # Its server runs as another user.
        self.OPTIONS = ("--database.url", self.postgres("start").strip())
        self.addCleanup(self.postgres, "stop")
        super().setUp()

    def postgres(self, command):
        return subprocess.run([str(POSTGRES), command, str(self.folder / "server")], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=SECONDS_MAX).stdout

    def test_a_database_that_goes_and_comes_back_needs_no_restart(self):
        self.wait_ready(200)
        for command in ("stop", "kill"):
            self.postgres(command)
            problem = self.wait_ready(503)
            self.assertEqual(problem.json()["code"], "ops.not_ready")
            self.assertEqual(problem.field("Retry-After"), "1")
            self.assertEqual(get(self.server.place, "/live").status, 200)
            self.postgres("start")
            self.wait_ready(200)
        log = self.server.log_after_stop()
        self.assertGreaterEqual(log.count("database_gone"), 2)
        self.assertGreaterEqual(log.count("database_back"), 2)

    def test_the_key_of_another_server_is_refused(self):
        self.server.stop()
        shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        self.assertIn("(crypto.master_key_missing)", self.refused())


if __name__ == "__main__":
    unittest.main()
