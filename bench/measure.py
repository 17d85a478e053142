"""Runs commands and measures them: time, first output, and the memory of the whole process tree."""

import os
import pathlib
import subprocess
import threading
import time

SAMPLE_SECONDS = 0.1


def _tree(root):
    """The process `root` and all its descendants."""
    children = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = pathlib.Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    todo, found = [root], []
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def _proportional_kib(pid):
    """Memory of a process, pages shared with others counted by their share (PSS)."""
    try:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


class Run:
    """What one command did: exit status, output, seconds, seconds to the first line, peak MiB."""

    def __init__(self, command, stdin=None):
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        peak = [0]
        done = threading.Event()

        def sample():
            while not done.wait(SAMPLE_SECONDS):
                peak[0] = max(peak[0], sum(map(_proportional_kib, _tree(process.pid))))

        sampler = threading.Thread(target=sample)
        sampler.start()
        errors = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        if stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()
        first = process.stdout.readline()
        self.first_line_s = time.monotonic() - begin if first else None
        self.stdout = first + process.stdout.read()
        self.status = process.wait()
        self.seconds = time.monotonic() - begin
        done.set()
        sampler.join()
        reader.join()
        self.stderr = errors[0]
        self.peak_mib = peak[0] / 1024
