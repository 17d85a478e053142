"""What only a long recording shows: words lost to cutting, memory that stays flat, the first words soon,
and no words where nobody speaks."""

import csv
import subprocess
import wave

import accuracy
import measure

MODEL = "moonshine-base"
CHAPTER = "en_long_form"
NOISE = "noise_rir"
NOISE_SECONDS = 600
LONG_SECONDS = {"10 min": 600, "3 h": 3 * 3600}


def _rows(folder):
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def _concatenate(files, target):
    listing = target.with_suffix(".txt")
    listing.write_text("".join(f"file '{file}'\n" for file in files), encoding="utf-8")
    _ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-ar", "16000", "-ac", "1", target)


def _repeat(source, seconds, target):
    """`source` over and over, as a 16 kHz WAV of the wanted length."""
    with wave.open(str(source)) as file:
        once = file.readframes(file.getnframes())
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        left = seconds * 32000
        while left > 0:
            file.writeframesraw(once[:left])
            left -= len(once)


def chapter(data, sotto, scratch):
    """Errors in a chapter heard as one recording, and heard utterance by utterance."""
    rows = _rows(data / CHAPTER)
    files = [data / CHAPTER / row["path"] for row in rows]
    joined = scratch / "chapter.wav"
    _concatenate(files, joined)
    reference = " ".join(row["transcript"] for row in rows)
    pieces, _ = sotto.run(MODEL, files)
    whole, _ = sotto.run(MODEL, [joined])
    wrong_pieces = sum(accuracy.errors(row["transcript"], pieces[file])[0] for row, file in zip(rows, files))
    wrong_whole, total = accuracy.errors(reference, whole[joined])
    print(f"chapter: {wrong_whole} errors as one recording, {wrong_pieces} as {len(files)} utterances, of {total} words "
          f"({100 * (wrong_whole - wrong_pieces) / total:+.2f} points)", flush=True)
    return {"errors_whole": wrong_whole, "errors_pieces": wrong_pieces, "words": total}


def _long(sotto, scratch):
    report = {}
    for label, seconds in LONG_SECONDS.items():
        target = scratch / f"long-{seconds}.wav"
        _repeat(scratch / "chapter.wav", seconds, target)
        run = measure.Run([str(sotto.program), "transcribe", "--model", MODEL, "--models", str(sotto.models), str(target)])
        target.unlink()
        report[label] = {"peak_mib": run.peak_mib, "first_segment_s": run.first_line_s, "seconds": run.seconds,
                         "times_real_time": seconds / run.seconds, "exit_status": run.status}
        print(f"{label}: first segment after {run.first_line_s:.2f} s, {seconds / run.seconds:.1f} x real time, "
              f"peak {run.peak_mib:.0f} MiB", flush=True)
    return report


def noise(data, sotto, scratch):
    """Words heard in ten minutes each of silence, of white noise, and of recorded noises."""
    files = [data / NOISE / row["path"] for row in _rows(data / NOISE) if "noise" in row["path"]]
    mixed = scratch / "noise-once.wav"
    _concatenate(files, mixed)
    _repeat(mixed, NOISE_SECONDS, scratch / "noises.wav")
    _ffmpeg("-f", "lavfi", "-i", f"anullsrc=r=16000:d={NOISE_SECONDS}", "-ac", "1", scratch / "silence.wav")
    _ffmpeg("-f", "lavfi", "-i", f"anoisesrc=r=16000:d={NOISE_SECONDS}:a=0.3:seed=1", scratch / "white.wav")
    names = [scratch / f"{name}.wav" for name in ("silence", "white", "noises")]
    texts, _ = sotto.run(MODEL, names)
    counts = {file.stem: len(accuracy.words(text)) for file, text in texts.items()}
    print("words heard in 10 min of", ", ".join(f"{name}: {count}" for name, count in counts.items()), flush=True)
    return counts


def bench(data, sotto, scratch):
    report = {}
    if (data / CHAPTER).is_dir():
        report["chapter"] = chapter(data, sotto, scratch)
        report["long"] = _long(sotto, scratch)
    if (data / NOISE).is_dir():
        report["noise_words"] = noise(data, sotto, scratch)
    return report
