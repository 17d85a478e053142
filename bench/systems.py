"""The two systems that are measured: each turns a list of files into texts and says what it cost."""

import base64
import concurrent.futures
import json
import os
import pathlib
import re
import shutil

import measure

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = ROOT / ".deps" / "peers" / "node_modules"


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
