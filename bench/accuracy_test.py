"""The measure itself is measured: goal and examples by hand."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import accuracy  # noqa: E402


class Words(unittest.TestCase):
    def test_ignores_case_punctuation_and_hyphens(self):
        self.assertEqual(accuracy.words("Well-known: DON'T, 'quote'"), ["well", "known", "don't", "quote"])

    def test_spells_numbers_and_abbreviations(self):
        self.assertEqual(accuracy.words("Mr. 1,234 St. 60"),
                         "mister one thousand two hundred thirty four saint sixty".split())

    def test_leaves_huge_numbers(self):
        self.assertEqual(accuracy.words("1234567"), ["1234567"])


class Errors(unittest.TestCase):
    def test_counts_each_kind_once(self):
        self.assertEqual(accuracy.errors("a b c", "a x c"), (1, 3))
        self.assertEqual(accuracy.errors("a b c", "a c"), (1, 3))
        self.assertEqual(accuracy.errors("a b c", "a b b c"), (1, 3))
        self.assertEqual(accuracy.errors("", "a"), (1, 0))
        self.assertEqual(accuracy.errors("same", "Same."), (0, 1))


if __name__ == "__main__":
    unittest.main()
