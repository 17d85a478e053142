"""Word errors over real recordings, the real program and the default model, against fixed ceilings.

SOTTO_CORPUS is the folder of recordings (bench/README.md says what it holds); without it the test is
skipped. The ceilings are what sherpa-onnx makes of the same files with the same weights, and five
errors more: kernels differ from processor to processor, and a word goes over now and then.
"""

import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import corpus  # noqa: E402
import long_form  # noqa: E402
import systems  # noqa: E402

MODEL = "moonshine-base"
SOTTO = pathlib.Path(os.environ.get("SOTTO_BINARY_DIR", ROOT / "build/dev")) / "sotto"
MODELS = pathlib.Path(os.environ.get("SOTTO_MODELS", pathlib.Path.home() / ".local/share/sotto/models"))
SKIPPED = 77

# Sets of the corpus and the most errors in all of them together.
CEILINGS = {
    ("en_librispeech_test_clean",): 81,
    ("en_misc", "formats_same_speech", "video"): 88,
    ("en_noisy_voicebank_demand",): 16,
    ("en_telephone_misc",): 0,
}
# How much worse one long recording may be than its utterances one by one.
LONG_FORM_POINTS_MAX = 0.5


class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = pathlib.Path(os.environ["SOTTO_CORPUS"]).resolve()
        cls.sets = corpus.read_sets(cls.data)
        scratch = tempfile.TemporaryDirectory(prefix="sotto-accuracy-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        cls.sotto = systems.Sotto(SOTTO, MODELS, cls.scratch)

    def test_sets_stay_below_their_ceilings(self):
        for names, errors_max in CEILINGS.items():
            with self.subTest(" + ".join(names)):
                pairs = [pair for name in names for pair in self.sets[name]]
                texts, _ = self.sotto.run(MODEL, [file for file, _ in pairs])
                counted = corpus.count_errors(pairs, texts)
                print(" + ".join(names), counted, flush=True)
                self.assertLessEqual(counted["errors"], errors_max)

    def test_a_chapter_is_heard_as_well_whole_as_in_pieces(self):
        counted = long_form.chapter(self.data, self.sotto, self.scratch)
        worse = 100 * (counted["errors_whole"] - counted["errors_pieces"]) / counted["words"]
        self.assertLessEqual(worse, LONG_FORM_POINTS_MAX)

    def test_no_words_are_heard_where_nobody_speaks(self):
        counted = long_form.noise(self.data, self.sotto, self.scratch)
        self.assertEqual(counted, {"silence": 0, "white": 0, "noises": 0})


if __name__ == "__main__":
    if not os.environ.get("SOTTO_CORPUS"):
        print("skipped: SOTTO_CORPUS is not set")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
