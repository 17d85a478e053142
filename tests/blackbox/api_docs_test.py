"""/api/docs in a real browser: it shows the API, and neither the console nor the policy has anything to say."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import server

SCREENSHOT_BYTES_MIN = 20_000  # Of a page with text; an empty one has a tenth.


class Docs(server.ServerTest):
    def browse(self, *options):
        profile = tempfile.mkdtemp(prefix="sotto-chromium-")
        self.addCleanup(shutil.rmtree, profile, ignore_errors=True)
        url = f"http://127.0.0.1:{self.place[1]}/api/docs"
        run = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                              "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                              "--enable-logging=stderr", f"--user-data-dir={profile}", "--window-size=1200,1600",
                              "--virtual-time-budget=3000", *options, url],
                             capture_output=True, text=True, check=False, timeout=180)
        self.assertEqual(run.returncode, 0, run.stderr[-2000:])
        return run

    def test_shows_every_path_and_complains_about_nothing(self):
        run = self.browse("--dump-dom")
        paths = re.findall(r"^  (/\S+):$", (pathlib.Path(__file__).parents[2] / "spec/openapi.yaml").read_text(), re.MULTILINE)
        self.assertGreater(len(paths), 5)
        for path in paths:
            self.assertIn(f"<code>{path}</code>", run.stdout)
        complaints = [line for line in run.stderr.splitlines() if "CONSOLE" in line or "Content Security" in line]
        self.assertEqual(complaints, [])

    def test_the_console_would_be_heard(self):
        # The same page with a style that the policy forbids, by a proxy of one answer, must be complained about.
        answer = server.get(self.place, "/api/docs")
        body = answer.body.replace(b"<body>", b'<body style="color:red">')
        policy = answer.field("Content-Security-Policy")
        page = pathlib.Path(tempfile.mkdtemp(prefix="sotto-page-")) / "page.html"
        self.addCleanup(shutil.rmtree, page.parent, ignore_errors=True)
        page.write_bytes(body.replace(b"<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">'.encode()))
        profile = page.parent / "profile"
        run = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                              "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--dump-dom", page.as_uri()],
                             capture_output=True, text=True, check=False, timeout=180)
        self.assertIn("Content Security Policy", run.stderr)

    def test_looks_right_in_light_and_dark(self):
        for name, options in (("light", ()), ("dark", ("--force-dark-mode", "--blink-settings=preferredColorScheme=0"))):
            with self.subTest(name):
                picture = self.server.folder / f"{name}.png"
                self.browse(f"--screenshot={picture}", *options)
                self.assertGreater(picture.stat().st_size, SCREENSHOT_BYTES_MIN)


if __name__ == "__main__":
    unittest.main()
