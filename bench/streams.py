#!/usr/bin/env python3
"""Measures what thousands of WebSockets and event streams cost the server, and the others on it.

usage: bench/streams.py [--plain] [--server PROGRAM] [--count N] [--seconds N] [--out FILE]

For each kind: N connections are opened to sotto_stream_server (preset bench); each WebSocket has sent
one compressed message and got it back compressed, each event stream has got its first event. Then the
server's resident memory and threads are read, and `wrk -t1 -c64` asks for a small document with those
connections open; the same was measured without them before. Over TLS, with a certificate made for the
run, unless --plain is given. All is bounded in count and time."""

import argparse
import asyncio
import json
import os
import pathlib
import re
import resource
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPENING_MAX = 200  # At a time.
STEP_SECONDS = 120
TARGETS = {"websocket_kb": 100, "events_kb": 60, "p99_ratio": 2}
MESSAGE = json.dumps({"words": [{"text": f"word{i % 7}", "start": i * 0.25} for i in range(40)]}).encode()
HANDSHAKE = (b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")
EVENTS = b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
TAIL = b"\x00\x00\xff\xff"


def compressed_frame(message):
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    payload = (deflate.compress(message) + deflate.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)
    mask = b"\x37\xfa\x21\x3d"
    head = bytes([0xC1, 0x80 | 126]) + len(payload).to_bytes(2, "big") if len(payload) > 125 else \
        bytes([0xC1, 0x80 | len(payload)])
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


async def open_websocket(host, port, tls):
    reader, writer = await asyncio.open_connection(host, port, limit=4096, ssl=tls)
    writer.write(HANDSHAKE)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101 ") or b"permessage-deflate" not in head:
        raise SystemExit(f"no WebSocket with compression: {head!r}")
    writer.write(compressed_frame(MESSAGE))
    first, length = await reader.readexactly(2)
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    payload = await reader.readexactly(length)
    if first != 0xC1 or zlib.decompressobj(-15).decompress(payload + TAIL) != MESSAGE:
        raise SystemExit("the message did not come back compressed")
    return reader, writer


async def open_events(host, port, tls):
    reader, writer = await asyncio.open_connection(host, port, limit=4096, ssl=tls)
    writer.write(EVENTS)
    await reader.readuntil(b"data: hello\n\n\r\n")
    return reader, writer


async def open_all(opener, host, port, count, tls):
    gate = asyncio.Semaphore(OPENING_MAX)

    async def one():
        async with gate:
            return await opener(host, port, tls)
    return await asyncio.wait_for(asyncio.gather(*(one() for _ in range(count))), STEP_SECONDS)


def status(process, name):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+)", text)[1])


def make_certificate(folder):
    """A certificate that signs itself, and its key."""
    files = [str(folder / "certificate.pem"), str(folder / "key.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    os.chmod(files[1], 0o600)
    return files


def wrk(url, seconds):
    text = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", url],
                          check=True, capture_output=True, text=True, timeout=seconds + 30).stdout
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", text)
    if errors:
        raise SystemExit(f"the answers were not all good: {errors[0]}")
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text).groups()
    return {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p99_ms": float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]}


def best(url, seconds, rounds):
    rows = [wrk(url, seconds) for _ in range(rounds)]
    return {"per_second": max(row["per_second"] for row in rows),
            "p99_ms": statistics.median(row["p99_ms"] for row in rows)}


async def measure(arguments, kind, opener, files):
    tls = ssl.create_default_context(cafile=files[0]) if files else None
    with subprocess.Popen([arguments.server, "127.0.0.1:0", *files], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        try:
            host, port = process.stdout.readline().strip().rsplit(":", 1)
            url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/small"
            alone = await asyncio.to_thread(best, url, arguments.seconds, arguments.rounds)
            before, threads = status(process, "VmRSS"), status(process, "Threads")
            began = time.monotonic()
            connections = await open_all(opener, host, int(port), arguments.count, tls)
            opened = time.monotonic() - began
            await asyncio.sleep(2)  # What is given back when idle is given back.
            after, threads_after = status(process, "VmRSS"), status(process, "Threads")
            beside = await asyncio.to_thread(best, url, arguments.seconds, arguments.rounds)
            for _, writer in connections:
                writer.close()
            return {"kind": kind, "tls": tls is not None, "count": arguments.count, "kb_each": (after - before) * 1.024 / arguments.count,
                    "rss_before_kib": before, "rss_after_kib": after, "threads_before": threads,
                    "threads_after": threads_after, "opened_in_s": round(opened, 1), "alone": alone, "beside": beside,
                    "p99_ratio": beside["p99_ms"] / alone["p99_ms"]}
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, default=ROOT / "build/bench/sotto_stream_server")
    parser.add_argument("--plain", action="store_true", help="without TLS")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench_streams.json")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < arguments.count + 100:
        raise SystemExit(f"{arguments.count} connections need as many descriptors; ulimit -n allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as name:
        files = [] if arguments.plain else make_certificate(pathlib.Path(name))
        rows = [asyncio.run(measure(arguments, "websocket", open_websocket, files)),
                asyncio.run(measure(arguments, "events", open_events, files))]
    report = {"targets": TARGETS, "rows": rows}
    met = True
    for row in rows:
        checks = {"memory": row["kb_each"] <= TARGETS[row["kind"] + "_kb"],
                  "threads": row["threads_after"] == row["threads_before"],
                  "p99": row["p99_ratio"] <= TARGETS["p99_ratio"]}
        row["met"] = checks
        met = met and all(checks.values())
        print(f"{row['count']} {row['kind']}: {row['kb_each']:.1f} KB each (wanted: {TARGETS[row['kind'] + '_kb']}), "
              f"threads {row['threads_before']} -> {row['threads_after']}, p99 of others "
              f"{row['alone']['p99_ms']:.2f} -> {row['beside']['p99_ms']:.2f} ms "
              f"({row['p99_ratio']:.2f} x, wanted: {TARGETS['p99_ratio']})")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report))
    return 0 if met else 1


sys.exit(main())
