"""What sudden ends leave behind: Ctrl-C, kill -9 of the program, kill -9 of its helper."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

from harness import MODELS, SOTTO, BlackBox, ffmpeg

STOP_SECONDS_MAX = 1.0
# A sanitizer build checks for leaks at exit, which takes a moment of its own.
EXIT_ALLOWANCE_SECONDS = 2.0


def children(pid):
    """Processes whose parent is `pid`, and theirs, with their names."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            parent = int(rest.split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if entry.name.isdigit():
            found.setdefault(parent, []).append((int(entry.name), name))
    todo, result = [pid], []
    while todo:
        below = found.get(todo.pop(), [])
        result += below
        todo += [child for child, _ in below]
    return result


def lives(pid):
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return (pathlib.Path(f"/proc/{pid}") / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Interrupted(BlackBox):
    def start(self, *arguments):
        """A transcription of ten minutes of speech, once it has begun to print."""
        once = self.speech("once.wav", prompt="demo-congrats")
        long = self.folder / "long.wav"
        ffmpeg("-stream_loop", "20", "-i", once, long)
        process = subprocess.Popen([str(SOTTO), "transcribe", str(long), "--models", str(MODELS), *map(str, arguments)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def wait_for_helper(self, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            helpers = [pid for pid, name in children(process.pid) if name == "sotto-media"]
            if len(helpers) >= 2:  # The fork server and the child that decodes.
                return helpers
            time.sleep(0.02)
        raise AssertionError("the helper did not start")

    def assert_ended(self, pids):
        deadline = time.monotonic() + 5
        while any(map(lives, pids)) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertFalse([pid for pid in pids if lives(pid)], "a helper outlived the program")

    def test_ctrl_c_stops_within_a_second(self):
        process = self.start("--format", "txt")
        self.assertTrue(process.stdout.readline())
        helpers = self.wait_for_helper(process)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), 130)
        self.assertLess(time.monotonic() - begin, STOP_SECONDS_MAX + EXIT_ALLOWANCE_SECONDS)
        self.assert_ended(helpers)

    def test_ctrl_c_leaves_no_file(self):
        process = self.start("-o", self.folder / "out.txt")
        self.wait_for_helper(process)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        self.assertEqual(sorted(os.listdir(self.folder)), ["long.wav", "once.wav"])

    def test_kill_leaves_no_result_and_no_helper(self):
        target = self.folder / "out.txt"
        process = self.start("-o", target)
        helpers = self.wait_for_helper(process)
        process.kill()
        process.wait(timeout=30)
        self.assert_ended(helpers)
        self.assertFalse(target.exists())

    def test_a_helper_killed_in_the_middle_fails_that_file_alone(self):
        target = self.folder / "out"
        target.mkdir()
        process = self.start(self.folder / "once.wav", "--threads", "1", "-o", f"{target}/")
        os.kill(self.wait_for_helper(process)[-1], signal.SIGKILL)
        _, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("(media.helper_died)", errors)
        # Whichever recording it was reading: the other one is whole.
        killed = "long" if ": long.wav:" in errors or "long.wav: " in errors else "once"
        self.assertEqual(os.listdir(target), ["once.txt" if killed == "long" else "long.txt"])


if __name__ == "__main__":
    unittest.main()
