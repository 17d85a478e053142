#!/usr/bin/env python3
"""Measures Sotto against its peer on a folder of recordings with references.

usage: bench/run.py --data FOLDER [--sotto PROGRAM] [--models DIR] [--out FILE] [--repeat N]

FOLDER holds sets, a folder each with a manifest.tsv (columns path and transcript at least; an empty
transcript means that there is no reference). Both sides read the same files in the same call. Sotto's
time is its whole process from start to exit; the peer's (sherpa-onnx on the same weights, as many
processes side by side as there are cores) is recognition alone.
"""

import argparse
import base64
import concurrent.futures
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import accuracy  # noqa: E402
import long_form  # noqa: E402
import measure  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = ROOT / ".deps" / "peers" / "node_modules"
SPEED_SET = "en_librispeech_test_clean"
MODELS = ("moonshine-base", "moonshine-tiny")
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


def write_tokens(model_dir, target):
    """The token table as the peer wants it: base64(piece) and id a line."""
    script = (model_dir / "llama-tokenizer.js").read_text(encoding="utf-8")
    for candidate in re.findall(r'"([A-Za-z0-9+/=]{1000,})"', script):
        pieces = base64.b64decode(candidate).split(b"\n")
        if len(pieces) == 32000:
            break
    else:
        raise SystemExit(f"no vocabulary of 32,000 pieces in {model_dir}")
    pieces += [f"<<ST_{i}>>".encode() for i in range(768)]
    with open(target, "w", encoding="utf-8") as file:
        for number, piece in enumerate(pieces):
            file.write(f"{base64.b64encode(piece).decode()} {number}\n")


class Peer:
    def __init__(self, models, scratch):
        self.models, self.scratch = models, scratch

    def run(self, model, files):
        tokens = self.scratch / f"{model}.tokens"
        if not tokens.exists():
            write_tokens(self.models / model, tokens)
        cores = os.cpu_count() or 1
        command = ["node", str(ROOT / "bench/peers/sherpa.mjs"), str(MODULES), str(self.models / model), str(tokens), "1"]
        shares = [files[i::cores] for i in range(cores)]
        with concurrent.futures.ThreadPoolExecutor(cores) as pool:
            runs = list(pool.map(lambda share: measure.Run(command, "\n".join(map(str, share)) + "\n"),
                                 [share for share in shares if share]))
        texts, audio, compute = {}, 0.0, 0.0
        for run in runs:
            if run.status != 0:
                raise SystemExit(f"the peer failed: {run.stderr[-2000:]}")
            *lines, last = map(json.loads, run.stdout.splitlines())
            texts |= {pathlib.Path(line["file"]): line["text"] for line in lines}
            audio += last["audio_s"]
            compute = max(compute, last["compute_s"])
        return texts, {"audio_s": audio, "seconds": compute, "times_real_time": audio / compute,
                       "peak_mib": sum(run.peak_mib for run in runs)}


class Sotto:
    def __init__(self, program, models, scratch):
        self.program, self.models, self.scratch = program, models, scratch

    def run(self, model, files):
        """One process over all files; each text comes back by its position in the list."""
        out = self.scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        # Files of different folders may share a name: links with a number in front keep them apart.
        links = []
        for number, file in enumerate(files):
            links.append(out / f"{number:05d}-{file.name}")
            links[-1].symlink_to(file)
        run = measure.Run([str(self.program), "transcribe", "--model", model, "--models", str(self.models),
                           "--format", "json", "-o", str(out) + "/", *map(str, links)])
        texts, audio = {}, 0.0
        for link, file in zip(links, files):
            target = link.with_name(link.stem + ".json")
            if not target.exists():
                raise SystemExit(f"sotto made nothing of {file}: {run.stderr[-2000:]}")
            document = json.loads(target.read_text(encoding="utf-8"))
            texts[file] = " ".join(segment["text"] for segment in document["segments"])
            audio += document["duration_ms"] / 1000
        return texts, {"audio_s": audio, "seconds": run.seconds, "times_real_time": audio / run.seconds,
                       "peak_mib": run.peak_mib, "exit_status": run.status}


def count_errors(pairs, texts):
    counts = [accuracy.errors(reference, texts[file]) for file, reference in pairs]
    wrong, total = (sum(column) for column in zip(*counts))
    return {"errors": wrong, "words": total, "wer_percent": round(100 * wrong / total, 2)}


def bench_model(model, sets, systems, repeat):
    report = {"sets": {}}
    for name, pairs in sets.items():
        files = [file for file, _ in pairs]
        row = report["sets"][name] = {}
        for turn in range(repeat if name == SPEED_SET else 1):
            for label, system in systems.items():
                texts, figures = system.run(model, files)
                best = row.get(label)
                if best is None or figures["seconds"] < best["seconds"]:
                    row[label] = figures | count_errors(pairs, texts) | {"runs": turn + 1}
                else:
                    best["runs"] = turn + 1
        print_row(model, name, row)
    return report


def print_row(model, name, row):
    for label, cell in row.items():
        print(f"{model:15} {name:28} {label:6} errors {cell['errors']:4} of {cell['words']:5} ({cell['wer_percent']:5.2f} %)"
              f"  {cell['times_real_time']:6.1f} x real time  peak {cell['peak_mib']:5.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--sotto", type=pathlib.Path, default=ROOT / "build/release/sotto")
    parser.add_argument("--models", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench.json")
    parser.add_argument("--repeat", type=int, default=2, help="runs of the set that speed is read from; the best counts")
    parser.add_argument("--skip-long", action="store_true", help="leave the long recordings out")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        raise SystemExit("bench: name a folder of recordings: make bench DATA=FOLDER (see bench/README.md)")
    data_home = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share")
    models = arguments.models or data_home / "sotto/models"
    for model in MODELS:
        subprocess.run([str(arguments.sotto), "models", "pull", model, "--models", str(models)], check=True)

    with tempfile.TemporaryDirectory(prefix="sotto-bench-") as name:
        scratch = pathlib.Path(name)
        systems = {"sotto": Sotto(arguments.sotto.resolve(), models, scratch), "peer": Peer(models, scratch)}
        sets = read_sets(arguments.data.resolve())
        report = {"cores": os.cpu_count(), "models": {}}
        for model in MODELS:
            report["models"][model] = bench_model(model, sets, systems, arguments.repeat)
        if not arguments.skip_long:
            report["long"] = long_form.bench(arguments.data.resolve(), systems["sotto"], scratch)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written to {arguments.out}")


if __name__ == "__main__":
    main()
