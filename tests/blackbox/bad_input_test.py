"""Everything that can be wrong with an input, an output or a model: a clear line, a stable reason, the
right exit status, and nothing half written."""

import os
import pathlib
import shutil
import subprocess
import unittest
import zipfile

from harness import MODELS, SOTTO, BlackBox, ffmpeg, sotto


class BadRecording(BlackBox):
    def refuse(self, path, reason):
        with self.subTest(str(path)):
            target = self.folder / "out.txt"
            run = sotto("transcribe", path, "-o", target)
            self.assert_refused(run, 1, reason)
            self.assertIn(str(path), run.stderr)
            self.assertFalse(target.exists())

    def file(self, name, content=b""):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_things_that_are_no_recording(self):
        self.refuse(self.folder / "missing.wav", "runtime.not_found")
        self.refuse(self.folder, "runtime.is_a_folder")
        self.refuse(pathlib.Path("/dev/zero"), "runtime.not_a_file")
        self.refuse(self.file("empty.wav"), "media.empty")
        self.refuse(self.file("text.mp3", b"This is no sound at all.\n" * 100), "media.unsupported")
        archive = self.folder / "archive.wav"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("a.txt", "text " * 1000)
        self.refuse(archive, "media.unsupported")
        image = self.folder / "image.png"
        ffmpeg("-f", "lavfi", "-i", "testsrc=duration=1:rate=1", "-frames:v", "1", image)
        self.refuse(image, "media.unsupported")
        self.refuse(self.file("headerless.raw", os.urandom(100_000)), "media.unsupported")

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_no_permission(self):
        path = self.speech()
        path.chmod(0)
        self.refuse(path, "runtime.permission_denied")

    def test_a_playlist_opens_nothing_else(self):
        speech = self.speech()
        self.refuse(self.file("list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{speech}\n".encode()),
                    "media.unsupported")
        self.refuse(self.file("list.txt", f"ffconcat version 1.0\nfile {speech}\n".encode()), "media.unsupported")

    def test_video_without_sound(self):
        silent = self.folder / "silent.mp4"
        ffmpeg("-f", "lavfi", "-i", "testsrc=duration=1", "-c:v", "mpeg4", silent)
        self.refuse(silent, "media.no_audio")

    def test_too_many_channels(self):
        # 100 channels of 16 bits: FFmpeg writes no such file, so the header is set by hand.
        speech = bytearray(self.speech("many.wav", "-fflags", "+bitexact").read_bytes())
        speech[22:24] = (100).to_bytes(2, "little")
        speech[28:32] = (16000 * 200).to_bytes(4, "little")
        speech[32:34] = (200).to_bytes(2, "little")
        self.refuse(self.file("many.wav", speech), "media.too_many_channels")

    def test_a_channel_that_is_not_there(self):
        self.assert_refused(sotto("transcribe", "--channel", "3", self.speech()), 1, "media.bad_channel")

    def test_a_clock_that_jumps_by_days(self):
        jump = self.folder / "jump.mkv"
        ffmpeg("-i", self.speech(), "-af", "asetpts='if(gt(T,1),PTS+3*86400/TB,PTS)'", "-c:a", "pcm_s16le", jump)
        self.refuse(jump, "media.gap_too_long")

    def test_what_is_too_short_has_no_words(self):
        short = self.speech("short.wav", "-t", "0.01")
        run = sotto("transcribe", short)
        self.assertEqual((run.returncode, run.stdout), (0, ""), run.stderr)

    def test_samples_that_are_no_numbers(self):
        wild = self.speech("wild.wav", "-c:a", "pcm_f32le", "-fflags", "+bitexact")
        content = bytearray(wild.read_bytes())
        for place, value in ((20_000, b"\x00\x00\xc0\x7f"), (20_400, b"\x00\x00\x80\x7f"), (20_800, b"\x00\x00\x80\xff")):
            content[place:place + 4] = value  # NaN, +infinity, -infinity
        run = sotto("transcribe", self.file("wild.wav", content))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("(media.non_finite_samples)", run.stderr)
        self.assert_says(run.stdout, self.TEXT)


class CutRecording(BlackBox):
    """What exists is written and marked; the exit status says that something is missing."""

    def check(self, path):
        with self.subTest(path.name):
            target = self.folder / "out.json"
            run = sotto("transcribe", path, "--format", "json", "-o", target)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn("(media.truncated)", run.stderr)
            self.assertIn('"truncated":true', target.read_text().replace(" ", ""))
            self.assertIn("ongratulations", target.read_text())

    def cut(self, path, share=0.6):
        os.truncate(path, int(path.stat().st_size * share))
        return path

    def test_cut_files(self):
        prompt = {"prompt": "demo-congrats"}
        self.check(self.cut(self.speech("cut.flac", **prompt)))
        self.check(self.cut(self.speech("cut.mp4", "-c:a", "aac", "-movflags", "+faststart", **prompt)))
        self.check(self.cut(self.speech("cut.wav", **prompt)))

    def test_an_index_that_is_missing(self):
        # The index of a plain mp4 stands at its end: without it nothing can be read.
        path = self.cut(self.speech("noindex.mp4", "-c:a", "aac", prompt="demo-congrats"))
        run = sotto("transcribe", path)
        self.assert_refused(run, 1, "media.decode_failed")
        self.assertIn("index", run.stderr)


class BadOutput(BlackBox):
    def test_folders(self):
        speech = self.speech()
        self.assert_refused(sotto("transcribe", speech, "-o", self.folder / "none" / "a.txt"), 1, "runtime.not_found")
        self.assert_refused(sotto("transcribe", speech, "-o", f"{self.folder}/none/"), 1, "runtime.not_found")
        self.assert_refused(sotto("transcribe", speech, "-o", speech), 2, "cli.usage")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_read_only_folder(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        self.assert_refused(sotto("transcribe", self.speech(), "-o", locked / "a.txt"), 1, "runtime.permission_denied")

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_read_only_mount(self):
        self.mount("ro,size=64k")
        self.assert_refused(sotto("transcribe", self.speech(), "-o", self.folder / "disk/a.txt"), 1, "runtime.permission_denied")

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_full_disk(self):
        disk = self.mount("size=16k")
        (disk / "filler").write_bytes(b"x" * 12288)
        try:
            (disk / "rest").write_bytes(b"x" * 8192)
        except OSError:
            pass
        before = sorted(os.listdir(disk))
        run = sotto("transcribe", self.speech(), "-o", disk / "a.txt")
        self.assert_refused(run, 1, "runtime.disk_full")
        self.assertEqual(sorted(os.listdir(disk)), before)

    def mount(self, options):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(disk)], check=False,
                          capture_output=True).returncode:
            self.skipTest("this machine lets nobody mount")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        return disk

    def test_a_reader_that_goes_away(self):
        speech = self.speech(prompt="demo-congrats")
        run = subprocess.run(f"{SOTTO} transcribe {speech} --models {MODELS} | true", shell=True, check=False,
                             capture_output=True, text=True, timeout=120)
        self.assertNotIn("Sanitizer", run.stderr)


class BadUsage(BlackBox):
    def test_slips_get_a_suggestion(self):
        for arguments, hint in {
            ("transcribe", "--formt", "srt", "a.wav"): "--format",
            ("transcribe", "--format", "jsn", "a.wav"): "json",
            ("transcribe", "--model", "moonshine-bas", "a.wav"): "moonshine-base",
            ("transcibe", "a.wav"): "transcribe",
            ("models", "pul", "x"): "pull",
            ("models", "path", "silero-vat"): "silero-vad",
        }.items():
            with self.subTest(arguments):
                run = sotto(*arguments)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertRegex(run.stderr, f"(?i)did you mean \"?{hint}\"?\\?")
                self.assertEqual(run.stdout, "")

    def test_what_makes_no_sense(self):
        for arguments in ((), ("transcribe",), ("transcribe", "a.wav", "--threads", "0"), ("transcribe", "a.wav", "--threads", "x"),
                          ("transcribe", "a.wav", "--channel", "8"), ("transcribe", "a.wav", "--channel", "left"),
                          ("transcribe", "a.wav", "--max-line-length", "0"), ("transcribe", "a.wav", "b.wav", "--format", "srt"),
                          ("transcribe", "-", "-"), ("models",), ("models", "pull"), ("vad",)):
            with self.subTest(arguments):
                run = sotto(*arguments)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertRegex(run.stderr, r"\((cli\.usage|transcript\.options_invalid)\)")

    def test_a_model_of_another_kind(self):
        self.assert_refused(sotto("transcribe", "--model", "silero-vad", "a.wav"), 2, "models.wrong_kind")

    def test_help_and_version_are_no_errors(self):
        for arguments in (("--help",), ("transcribe", "--help"), ("models", "pull", "--help"), ("--version",)):
            run = sotto(*arguments)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertTrue(run.stdout)


class BadModel(BlackBox):
    def models_copy(self):
        """A folder of models of the test's own; the large files are links until one is spoilt."""
        copy = self.folder / "models"
        for name in ("moonshine-base", "silero-vad"):
            (copy / name).mkdir(parents=True)
            for file in (MODELS / name).iterdir():
                if file.is_file() and not file.name.startswith("."):
                    shutil.copy2(file, copy / name / file.name)
        return copy

    def test_a_model_that_is_not_installed(self):
        run = sotto("transcribe", self.speech(), models=self.folder / "none")
        self.assert_refused(run, 1, "models.not_installed")
        self.assertIn("sotto models pull moonshine-base", run.stderr)

    def test_damaged_files(self):
        models, speech = self.models_copy(), self.speech()
        encoder = models / "moonshine-base" / "encoder_model.onnx"
        whole = encoder.read_bytes()
        self.assertEqual(sotto("transcribe", speech, models=models).returncode, 0)

        changed = bytearray(whole)
        changed[len(changed) // 2] ^= 1
        for content, reason in ((changed, "models.file_damaged"), (whole[:-1], "models.file_damaged"), (None, "models.file_missing")):
            encoder.unlink()
            if content is not None:
                encoder.write_bytes(content)
            run = sotto("transcribe", speech, models=models)
            self.assert_refused(run, 1, reason)
            self.assertIn("encoder_model.onnx", run.stderr)
            self.assertEqual(sotto("models", "verify", "moonshine-base", models=models).returncode, 1)


if __name__ == "__main__":
    unittest.main()
