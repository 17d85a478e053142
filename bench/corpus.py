"""The folder of recordings that is measured: sets with references, and how far texts are from them."""

import csv
import re

import accuracy

# What has no fair reference: a file without a header, and clips whose transcripts are rough.
LEFT_OUT = re.compile(r"goforward\.raw$|/speechbrain/")
ENGLISH = re.compile(r"^(en_|formats_|video)")


def read_sets(data):
    """{set: [(path, transcript)]} of the English recordings that have a reference."""
    sets = {}
    for manifest in sorted(data.glob("*/manifest.tsv")):
        folder = manifest.parent
        if not ENGLISH.match(folder.name) or folder.name == "en_long_form":
            continue
        with open(manifest, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        pairs = [(folder / row["path"], row["transcript"]) for row in rows if row.get("transcript")]
        sets[folder.name] = [pair for pair in pairs if not LEFT_OUT.search(str(pair[0]))]
    return {name: pairs for name, pairs in sets.items() if pairs}


def count_errors(pairs, texts):
    counts = [accuracy.errors(reference, texts[file]) for file, reference in pairs]
    wrong, total = (sum(column) for column in zip(*counts))
    return {"errors": wrong, "words": total, "wer_percent": round(100 * wrong / total, 2)}
