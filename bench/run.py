#!/usr/bin/env python3
"""Measures Sotto against its peer on a folder of recordings with references.

usage: bench/run.py --data FOLDER [--sotto PROGRAM] [--models DIR] [--out FILE] [--repeat N]

FOLDER holds sets, a folder each with a manifest.tsv (columns path and transcript at least; an empty
transcript means that there is no reference). Both sides read the same files in the same call. Sotto's
time is its whole process from start to exit; the peer's (sherpa-onnx on the same weights, as many
processes side by side as there are cores) is recognition alone.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import corpus  # noqa: E402
import long_form  # noqa: E402
import systems  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPEED_SET = "en_librispeech_test_clean"
MODELS = ("moonshine-base", "moonshine-tiny")


def bench_model(model, sets, sides, repeat):
    report = {"sets": {}}
    for name, pairs in sets.items():
        files = [file for file, _ in pairs]
        row = report["sets"][name] = {}
        for turn in range(repeat if name == SPEED_SET else 1):
            for label, system in sides.items():
                texts, figures = system.run(model, files)
                best = row.get(label)
                if best is None or figures["seconds"] < best["seconds"]:
                    row[label] = figures | corpus.count_errors(pairs, texts) | {"runs": turn + 1}
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
        sides = {"sotto": systems.Sotto(arguments.sotto.resolve(), models, scratch), "peer": systems.Peer(models, scratch)}
        sets = corpus.read_sets(arguments.data.resolve())
        report = {"cores": os.cpu_count(), "models": {}}
        for model in MODELS:
            report["models"][model] = bench_model(model, sets, sides, arguments.repeat)
        if not arguments.skip_long:
            report["long"] = long_form.bench(arguments.data.resolve(), sides["sotto"], scratch)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written to {arguments.out}")


if __name__ == "__main__":
    main()
