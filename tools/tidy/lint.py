"""clang-tidy over translation units, each only when something that it reads has changed.

usage: tools/lint [--all] [--base REF] [FILE...]

Without arguments: the C++ files that differ from the merge base with the main branch, committed or
not; on the main branch itself those of the last commit. A changed header is seen through its own
.cc, or through one unit that includes it. --all takes every unit.

A clean unit leaves a stamp in build/lint/tidy-stamps, named by a hash of its text, of the project
headers it reaches, of its compile command, of .clang-tidy and of clang-tidy's version; while the
stamp is there the unit costs nothing."""
import argparse
import concurrent.futures
import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLANG_TIDY = "clang-tidy-16"
JOBS = 2
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
# A test may be slow, and reads an optional that it has just expected to hold a value.
TEST_CHECKS = "--checks=-performance-*,-bugprone-unchecked-optional-access"


class Sources:
    """The project's files and what each includes, directly and through others."""

    def __init__(self, root):
        self.root = root
        self._text = {}
        self._reached = {}

    def text(self, path):
        """Of `path` relative to the root; None where there is no such file."""
        if path not in self._text:
            file = self.root / path
            self._text[path] = file.read_text(errors="replace") if file.is_file() else None
        return self._text[path]

    def reached(self, path):
        """The project files that `path` includes, and itself."""
        if path not in self._reached:
            seen, waiting = set(), [path]
            while waiting:
                file = waiting.pop()
                if file in seen or self.text(file) is None:
                    continue
                seen.add(file)
                waiting += ["src/" + name for name in INCLUDE.findall(self.text(file))]
            self._reached[path] = seen
        return self._reached[path]


def read_units(build, root):
    """Compile command by path relative to the root; units that CMake generates carry the path of
    the header they verify, "src/x/y.h"."""
    units = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["directory"], entry["file"])
        generated = re.search(r"_verify_interface_header_sets/(.+\.h)\.cxx$", str(path))
        if generated:
            units["src/" + generated[1]] = (path, entry["command"])
        elif path.is_relative_to(root):
            units[str(path.relative_to(root))] = (path, entry["command"])
    return units


def select_units(changed, units, sources):
    """The units to lint so that every changed file is seen at least once."""
    chosen = {path for path in changed if path.endswith(".cc") and path in units}
    for header in sorted(path for path in changed if path.endswith(".h")):
        if sources.text(header) is None or any(header in sources.reached(u) for u in chosen):
            continue
        own = header[:-len(".h")] + ".cc"
        users = [own] if own in units else [header] if header in units else \
            sorted(unit for unit in units if header in sources.reached(unit))
        chosen.update(users[:1])
    return sorted(chosen)


def git(*arguments):
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def find_base():
    """What to compare with: None means everything."""
    head = git("rev-parse", "HEAD")
    for branch in ("origin/HEAD", "origin/main", "main"):
        base = git("merge-base", "HEAD", branch)
        if base and base != head:
            return base
    return git("rev-parse", "--verify", "--quiet", "HEAD~1")


def changed_files(base):
    listed = git("diff", "--name-only", "-z", base) or ""
    new = git("ls-files", "-z", "--others", "--exclude-standard") or ""
    return sorted(set(filter(None, (listed + "\0" + new).split("\0"))))


def tracked_files():
    return sorted(filter(None, (git("ls-files", "-z") or "").split("\0")))


def stamp_name(unit, command, sources, settings):
    digest = hashlib.sha256()
    for part in (settings, unit, command):
        digest.update(part.encode() + b"\0")
    for path in sorted(sources.reached(unit)):
        digest.update(path.encode() + b"\0" + sources.text(path).encode() + b"\0")
    return digest.hexdigest()


def lint(unit, file, build):
    extra = [TEST_CHECKS] if re.search(r"_(test|bench|fuzz)\.cc$", unit) else []
    command = [CLANG_TIDY, "-p", str(build), "--quiet", *extra, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    notes = "\n".join(line for line in done.stderr.splitlines()
                      if not re.match(r"\d+ warnings? (treated as errors|generated)", line)
                      and "Suppressed" not in line and "Use -header-filter" not in line)
    return done.returncode == 0, (done.stdout + notes).strip(), shlex.join(command)


def configure(build):
    if (build / "build.ninja").is_file():
        command = ["ninja", "-C", str(build), "--quiet", "build.ninja"]
    else:
        command = ["cmake", "--preset", "lint"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)} failed:\n{done.stdout}{done.stderr}")


def choose(arguments, units, sources):
    if arguments.files:
        files = [str(Path(name).resolve().relative_to(ROOT)) for name in arguments.files]
        return select_units(files, units, sources)
    base = None if arguments.all else arguments.base or find_base()
    if base is None:
        return select_units(tracked_files(), units, sources)
    changed = changed_files(base)
    if ".clang-tidy" in changed:
        print("lint: .clang-tidy changed; tools/lint --all sees what that means everywhere")
    return select_units(changed, units, sources)


def main():
    parser = argparse.ArgumentParser(prog="tools/lint", description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every unit, not only what changed")
    parser.add_argument("--base", metavar="REF", help="compare with REF")
    parser.add_argument("files", nargs="*", metavar="FILE")
    arguments = parser.parse_args()

    build = ROOT / "build" / "lint"
    configure(build)
    sources = Sources(ROOT)
    units = read_units(build, ROOT)
    chosen = choose(arguments, units, sources)
    stamps = build / "tidy-stamps"
    stamps.mkdir(exist_ok=True)
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, text=True, check=True)
    settings = version.stdout + (ROOT / ".clang-tidy").read_text() + TEST_CHECKS
    stamp = {unit: stamps / stamp_name(unit, units[unit][1], sources, settings) for unit in chosen}
    waiting = [unit for unit in chosen if not stamp[unit].exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        runs = {pool.submit(lint, unit, units[unit][0], build): unit for unit in waiting}
        for run in concurrent.futures.as_completed(runs):
            clean, text, command = run.result()
            if clean:
                stamp[runs[run]].touch()
            else:
                failed += 1
                print(f"{text}\n  again: {command}\n", flush=True)
    print(f"lint: {len(chosen)} units, {len(chosen) - len(waiting)} unchanged since they were clean, "
          f"{failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
