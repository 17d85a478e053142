"""What the black-box tests share: the real program, real speech, real files made by FFmpeg.

Settings come from the environment (CMake sets them): SOTTO_BINARY_DIR holds the program,
SOTTO_MODELS the models, SOTTO_CORPUS, where set, recordings with references.
"""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import accuracy  # noqa: E402,F401

SOTTO = pathlib.Path(os.environ.get("SOTTO_BINARY_DIR", ROOT / "build/dev")) / "sotto"
MODELS = pathlib.Path(os.environ.get("SOTTO_MODELS", pathlib.Path.home() / ".local/share/sotto/models"))
CORPUS = pathlib.Path(os.environ["SOTTO_CORPUS"]) if os.environ.get("SOTTO_CORPUS") else None

PROMPTS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
MUSIC = pathlib.Path("/usr/share/asterisk/moh")
SCRIPT = pathlib.Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
SECONDS_MAX = 300


def sotto(*arguments, stdin=None, models=MODELS, **options):
    """Runs the program to its end; text in and out."""
    command = [str(SOTTO), *map(str, arguments)]
    if models and arguments and arguments[0] in ("transcribe", "vad", "models"):
        command += ["--models", str(models)]
    return subprocess.run(command, input=stdin, capture_output=True, text=not isinstance(stdin, bytes),
                          timeout=SECONDS_MAX, check=False, **options)


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def script_of(prompt):
    """What is said in a prompt, from the package's own script."""
    with gzip.open(SCRIPT, "rt", encoding="utf-8") as file:
        return next(line.partition(":")[2].strip() for line in file if line.startswith(prompt + ":"))


class BlackBox(unittest.TestCase):
    """A test with a folder of its own and one spoken prompt as WAV."""

    PROMPT = "demo-thanks"
    TEXT = "Goodbye. Thank you for trying out the Asterisk open source PBX."

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sotto-blackbox-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def speech(self, name="speech.wav", *options, prompt=PROMPT):
        """The prompt in the container that `name` says, made by FFmpeg with extra output `options`."""
        target = self.folder / name
        ffmpeg("-f", "g722", "-i", PROMPTS / f"{prompt}.g722", *options, target)
        return target

    def assert_says(self, text, expected, errors_max=2):
        errors, _ = accuracy.errors(expected, text)
        self.assertLessEqual(errors, errors_max, f"heard {text!r} for {expected!r}")

    def assert_refused(self, run, status, reason):
        """One clear line on standard error, nothing on standard output, no trace of a crash."""
        self.assertEqual(run.returncode, status, run.stderr)
        self.assertIn(f"({reason})", run.stderr)
        self.assertEqual(run.stdout, "")
        self.assertIsNone(re.search(r"Sanitizer|check failed|terminate called", run.stderr), run.stderr)


def use_tools():
    """Goes on in the Python that holds the packages of tools/setup/python-packages.txt."""
    folder = ROOT / ".deps" / "python"
    if pathlib.Path(sys.prefix).resolve() == folder.resolve():
        return
    if not (folder / "bin" / "python").exists():
        raise SystemExit("the tools of the tests are missing: tools/setup/run test")
    os.execv(folder / "bin" / "python", [str(folder / "bin" / "python"), "-B", *sys.argv])
