"""What the rules look at: the tracked files of a repository, read once, and what a rule reports."""
import re
import subprocess
from functools import cached_property
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    path: str
    line: int  # From 1; 0 where the finding is about the file as a whole.
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class NotARepository(Exception):
    """There is no git checkout to look at, e.g. in an unpacked source archive."""


class File:
    def __init__(self, path, data):
        self.path = path
        self.data = data
        self.name = path.rsplit("/", 1)[-1]
        self.suffix = "." + self.name.rsplit(".", 1)[1] if "." in self.name[1:] else ""

    @cached_property
    def text(self):
        return self.data.decode("utf-8", errors="replace")

    @cached_property
    def code(self):
        """C++ with comments and literals blanked, every offset kept."""
        return mask(self.text, literals=True)

    @cached_property
    def uncommented(self):
        """C++ with comments blanked and literals kept, every offset kept."""
        return mask(self.text, literals=False)

    @property
    def is_cpp(self):
        return self.suffix in (".cc", ".h")

    @property
    def is_test_code(self):
        return bool(re.search(r"_(test|bench|fuzz)\.cc$|(^|/)testing/", self.path)) or \
            not self.path.startswith("src/")

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


class Tree:
    """Files by path. `history` is the (path, size) of every blob reachable from HEAD."""

    def __init__(self, files, history=()):
        self.files = {path: File(path, data.encode() if isinstance(data, str) else data)
                      for path, data in files.items()}
        self.history = list(history)

    def __iter__(self):
        return iter(self.files.values())

    def select(self, *suffixes, under=""):
        return [f for f in self if f.suffix in suffixes and f.path.startswith(under)]

    @cached_property
    def folders(self):
        return {"/".join(path.split("/")[:depth]) for path in self.files
                for depth in range(1, path.count("/") + 1)}

    @cached_property
    def modules(self):
        """Folders under src/ whose CMakeLists.txt has a sotto_module(...)."""
        return {f.path[:-len("/CMakeLists.txt")] for f in self
                if f.name == "CMakeLists.txt" and f.path.startswith("src/")
                and "sotto_module(" in f.text}

    def module_of(self, path):
        """The module whose folder holds `path`: the longest prefix; None outside every module."""
        return max((m for m in self.modules if path.startswith(m + "/")), key=len, default=None)


def git(root, *arguments, stdin=None):
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise NotARepository("git is not installed") from error
    if done.returncode != 0:
        raise NotARepository(done.stderr.decode(errors="replace").strip())
    return done.stdout


def read_repository(root):
    """The tree of tracked files as they stand in the working copy, and the sizes in history."""
    names = git(root, "ls-files", "-z").decode().split("\0")
    files = {}
    for name in filter(None, names):
        path = Path(root, name)
        if path.is_file() and not path.is_symlink():
            files[name] = path.read_bytes()
    return Tree(files, read_history(root))


def read_history(root):
    objects = git(root, "rev-list", "--objects", "HEAD")
    listing = git(root, "cat-file", "--batch-check=%(objecttype) %(objectsize) %(rest)",
                  stdin=objects)
    for line in listing.decode(errors="replace").splitlines():
        kind, size, path = (line.split(" ", 2) + ["", ""])[:3]
        if kind == "blob":
            yield path, int(size)


TOKEN = re.compile(
    r"""//[^\n]*(?:\\\n[^\n]*)*|/\*.*?\*/"""
    r"""|(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)\""""
    r"""|"(?:[^"\\\n]|\\.)*"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'""", re.DOTALL)


def mask(text, literals):
    def blank(match):
        token = match[0]
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        if not literals:
            return token
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]
    return TOKEN.sub(blank, text)
