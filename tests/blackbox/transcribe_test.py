"""The main job through the program: real speech in, exact text out, in every format and container."""

import json
import pathlib
import re
import subprocess
import unittest

from harness import MODELS, MUSIC, PROMPTS, SOTTO, BlackBox, ffmpeg, script_of, sotto


class Transcribe(BlackBox):
    def test_prints_the_text_of_real_prompts(self):
        # Goal: prompts of some length come back as their script, names and digits aside.
        for prompt, errors_max in (("demo-congrats", 6), ("demo-abouttotry", 5), ("demo-thanks", 2)):
            run = sotto("transcribe", PROMPTS / f"{prompt}.g722")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(run.stderr, "", "quiet when piped")
            self.assert_says(run.stdout, script_of(prompt), errors_max)

    def test_reads_every_container(self):
        for name, options in {
            "a.wav": (), "a.flac": (), "a.mp3": (), "a.m4a": ("-c:a", "aac"), "a.aac": (), "a.ogg": ("-c:a", "libvorbis"),
            "a.opus": ("-c:a", "libopus"), "a.webm": ("-c:a", "libopus"), "a.wma": (),
            "a.gsm": ("-ar", "8000", "-c:a", "libgsm"), "a.mkv": ("-c:a", "pcm_f64le"), "a.mov": ("-c:a", "aac"),
            "a.avi": ("-c:a", "mp3"), "a.mpg": ("-c:a", "mp2", "-f", "mpeg"), "b.wav": ("-c:a", "pcm_u8", "-ar", "44100", "-ac", "2"),
            "c.wav": ("-c:a", "pcm_f32le", "-ar", "192000", "-ac", "8"),
        }.items():
            with self.subTest(name):
                run = sotto("transcribe", self.speech(name, *options))
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assert_says(run.stdout, self.TEXT, 2)

    def test_reads_standard_input(self):
        for name, options in {"a.wav": (), "a.mp4": ("-c:a", "aac"), "a.ogg": ("-c:a", "libvorbis")}.items():
            with self.subTest(name):
                run = sotto("transcribe", "-", stdin=self.speech(name, *options).read_bytes())
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assert_says(run.stdout.decode(), self.TEXT)

    def test_reads_a_video(self):
        video = self.folder / "film.mp4"
        ffmpeg("-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=4", "-i", self.speech(), "-c:a", "aac",
               "-c:v", "mpeg4", video)
        run = sotto("transcribe", video)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assert_says(run.stdout, self.TEXT)

    def test_writes_subtitles_within_their_limits(self):
        speech = self.speech(prompt="demo-congrats")
        run = sotto("transcribe", "--format", "srt", speech)
        self.assertEqual(run.returncode, 0, run.stderr)
        last_end = -1
        spoken = []
        for number, block in enumerate(run.stdout.strip().split("\n\n"), 1):
            head, times, *lines = block.split("\n")
            self.assertEqual(head, str(number))
            start, end = (int(h) * 3_600_000 + int(m) * 60_000 + int(s) * 1000 + int(ms) for h, m, s, ms in
                          re.findall(r"(\d\d):(\d\d):(\d\d),(\d\d\d)", times))
            self.assertLessEqual(last_end, start, "cues overlap")
            self.assertLess(start, end)
            self.assertLessEqual(end - start, 7000)
            self.assertLessEqual(len(lines), 2)
            self.assertTrue(all(len(line) <= 42 for line in lines), block)
            last_end = end
            spoken += lines
        self.assert_says(" ".join(spoken), script_of("demo-congrats"), 6)

    def test_narrower_lines_when_asked(self):
        run = sotto("transcribe", "--format", "vtt", "--max-line-length", "20", "--max-lines", "1", self.speech())
        self.assertTrue(run.stdout.startswith("WEBVTT\n"))
        texts = [line for line in run.stdout.split("\n")[1:] if line and "-->" not in line]
        self.assertTrue(texts)
        self.assertTrue(all(len(line) <= 20 for line in texts), texts)

    def test_json_says_what_made_it(self):
        document = json.loads(sotto("transcribe", "--format", "json", self.speech()).stdout)
        self.assertEqual(document["version"], 1)
        self.assertEqual(document["provenance"]["model"], "moonshine-base")
        self.assertFalse(document["truncated"])
        for segment in document["segments"]:
            self.assertLessEqual(0, segment["start_ms"])
            self.assertLess(segment["start_ms"], segment["end_ms"])
            self.assertLessEqual(segment["end_ms"], document["duration_ms"] + 1)
            self.assertLess(segment["confidence"], 0)
            self.assertEqual(segment["language"], "en")
        self.assert_says(" ".join(segment["text"] for segment in document["segments"]), self.TEXT)

    def test_small_model(self):
        run = sotto("transcribe", "--model", "moonshine-tiny", "--threads", "1", self.speech())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assert_says(run.stdout, self.TEXT, 3)

    def test_several_files_go_on_after_a_bad_one(self):
        good, other = self.speech("a.wav"), self.speech("b.wav", prompt="demo-abouttotry")
        bad = self.folder / "bad.wav"
        bad.write_text("no sound")
        out = self.folder / "out"
        out.mkdir()
        run = sotto("transcribe", good, bad, other, "-o", f"{out}/")
        self.assertEqual(run.returncode, 1)
        self.assertIn("bad.wav", run.stderr)
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["a.txt", "b.txt"])
        self.assert_says((out / "a.txt").read_text(), self.TEXT)
        self.assert_says((out / "b.txt").read_text(), script_of("demo-abouttotry"), 5)

    def test_several_files_keep_their_order_on_standard_output(self):
        files = [self.speech("1.wav", prompt="demo-abouttotry"), self.speech("2.wav"), self.speech("3.wav", prompt="demo-congrats")]
        run = sotto("transcribe", *files)
        self.assertEqual(run.returncode, 0, run.stderr)
        places = [run.stdout.index(word) for word in ("attempt", "trying out", "Congratulations")]
        self.assertEqual(places, sorted(places), run.stdout)

    def test_channels_apart(self):
        # Left and right carry different prompts: each alone is itself, "each" gives both with their channel.
        both = self.folder / "both.wav"
        ffmpeg("-i", self.speech("l.wav"), "-i", self.speech("r.wav", prompt="demo-abouttotry"), "-filter_complex",
               "[0][1]amerge=inputs=2", "-c:a", "pcm_s16le", both)
        self.assert_says(sotto("transcribe", "--channel", "0", both).stdout, self.TEXT)
        # amerge ends with the shorter input.
        self.assertIn("attempt", sotto("transcribe", "--channel", "1", both).stdout)
        document = json.loads(sotto("transcribe", "--channel", "each", "--format", "json", both).stdout)
        self.assertEqual({segment["channel"] for segment in document["segments"]}, {0, 1})

    def test_times_follow_the_recording(self):
        # Five seconds of silence first: nothing is said before them.
        late = self.speech("late.wav", "-af", "adelay=5000:all=1")
        segments = json.loads(sotto("transcribe", "--format", "json", late).stdout)["segments"]
        self.assertGreater(segments[0]["start_ms"], 4500)
        intervals = [tuple(map(int, line.split())) for line in sotto("vad", late).stdout.splitlines()]
        self.assertTrue(intervals)
        self.assertGreater(intervals[0][0], 4500)

    def test_hears_no_words_in_music(self):
        # Eighteen minutes of music on hold, as telephones carry it.
        tunes = sorted(MUSIC.glob("*.gsm"))
        self.assertGreaterEqual(len(tunes), 5)
        run = sotto("transcribe", "-o", f"{self.folder}/", *tunes)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({tune.stem: (self.folder / f"{tune.stem}.txt").read_text() for tune in tunes},
                         {tune.stem: "" for tune in tunes})

    def test_hears_words_over_music(self):
        mixed = self.folder / "mixed.wav"
        ffmpeg("-i", MUSIC / "macroform-cold_day.gsm", "-i", self.speech(), "-filter_complex",
               "[0]volume=0.1[m];[m][1]amix=inputs=2:normalize=0:duration=shortest", mixed)
        run = sotto("transcribe", mixed)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assert_says(run.stdout, self.TEXT)

    def test_replaces_an_existing_file_whole(self):
        target = self.folder / "notes.txt"
        target.write_text("old " * 1000)
        run = sotto("transcribe", self.speech(), "-o", target)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assert_says(target.read_text(), self.TEXT)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["notes.txt", "speech.wav"])

    def test_a_device_is_written_to_and_stays_a_device(self):
        run = sotto("transcribe", self.speech(), "-o", "/dev/full")
        self.assert_refused(run, 1, "runtime.disk_full")
        self.assertTrue(pathlib.Path("/dev/full").is_char_device())

    def test_two_runs_may_write_one_file(self):
        speech, target = self.speech(), self.folder / "same.txt"
        command = [str(SOTTO), "transcribe", str(speech), "-o", str(target), "--models", str(MODELS)]
        runs = [subprocess.Popen(command) for _ in range(2)]
        self.assertEqual([run.wait(timeout=120) for run in runs], [0, 0])
        self.assert_says(target.read_text(), self.TEXT)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["same.txt", "speech.wav"])


if __name__ == "__main__":
    unittest.main()
