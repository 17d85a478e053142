"""Word error rate: how texts are compared, and how far apart they are.

Case, punctuation and hyphens do not count; digits below a million and the commonest abbreviations
are spelt out, so that "12%" and "twelve per cent" differ by one word and not by three.
"""

import re

_ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
         "sixteen seventeen eighteen nineteen").split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELT = {"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint"}


def spell(number):
    """The English words of a whole number below a million."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return f"{spell(number // size)} {name}" + (f" {spell(rest)}" if rest else "")
    raise AssertionError(number)


def words(text):
    """The words of a text as they are compared."""
    text = text.lower().replace("’", "'")
    text = re.sub(r"(\d),(?=\d)", r"\1", text)
    text = re.sub(r"\d+", lambda m: f" {spell(int(m[0]))} " if int(m[0]) < 1_000_000 else m[0], text)
    text = re.sub(r"[^\w' ]", " ", text)
    text = re.sub(r"\B'|'\B", " ", text)
    return [_SPELT.get(word, word) for word in text.split()]


def distance(reference, hypothesis):
    """Insertions, deletions and substitutions between two lists of words."""
    row = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        above, row[0] = row[0], i
        for j, found in enumerate(hypothesis, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (expected != found))
    return row[-1]


def errors(reference, hypothesis):
    """(errors, words of the reference) of two texts."""
    expected = words(reference)
    return distance(expected, words(hypothesis)), len(expected)
