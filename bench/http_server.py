#!/usr/bin/env python3
"""Measures a small JSON read through Sotto's server beside FastAPI and nginx, in one run.

usage: bench/http_server.py [--sotto PROGRAM] [--seconds N] [--rounds N] [--out FILE]

Sotto runs with all its middleware and its access log; FastAPI under uvicorn with uvloop and without an
access log; nginx with one worker that returns a constant. Each gets `wrk -t1 -c64` on the machine that
it shares with wrk, in turns; the best round of each counts.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
BODY = '{"name":"sotto","version":"0.1.0"}'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fastapi_python(folder=ROOT / ".deps" / "peers" / "fastapi"):
    """The interpreter of a virtual environment that holds exactly the pinned packages."""
    requirements = PEERS / "fastapi-requirements.txt"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
                        "--require-hashes", "-r", requirements], check=True)
        stamp.write_text(requirements.read_text())
    return folder / "bin/python"


def nginx_config(folder, port):
    config = folder / "nginx.conf"
    config.write_text(f"""worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{BODY}'; }} }}
}}
""")
    return config


def commands(sotto, folder, ports):
    return {
        "sotto": [sotto, "serve", "--data", folder / "data", "--listen", f"127.0.0.1:{ports['sotto']}",
                  "--requests-per-minute", "1e10"],
        "fastapi": [fastapi_python(), "-m", "uvicorn", "fastapi_peer:app", "--app-dir", PEERS, "--loop", "uvloop",
                    "--http", "httptools", "--no-access-log", "--log-level", "warning",
                    "--port", str(ports["fastapi"])],
        "nginx": ["nginx", "-e", "stderr", "-c", nginx_config(folder, ports["nginx"])],
    }


@contextlib.contextmanager
def running(command, port, log):
    """The server, once it answers; its start in milliseconds and its process with it."""
    start = time.monotonic()
    with subprocess.Popen(list(map(str, command)), stdout=log, stderr=log) as process:
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=1) as answer:
                        assert json.load(answer) == json.loads(BODY)
                        break
                except OSError:
                    if process.poll() is not None or time.monotonic() - start > 20:
                        raise
                    time.sleep(0.005)
            yield process, (time.monotonic() - start) * 1000
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def resident_kib(process):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1])


def wrk(port, seconds):
    text = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/version"],
                          check=True, capture_output=True, text=True).stdout
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", text)
    if errors:
        raise SystemExit(f"the answers were not all good: {errors[0]}")
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text).groups()
    return {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p99_ms": float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sotto", type=pathlib.Path, default=ROOT / "build/release/sotto")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench_http.json")
    arguments = parser.parse_args()
    report = {}
    with tempfile.TemporaryDirectory() as name, open(os.devnull, "wb") as log:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # nginx's worker runs as another user.
        ports = {side: free_port() for side in ("sotto", "fastapi", "nginx")}
        for _ in range(arguments.rounds):
            for side, command in commands(arguments.sotto, folder, ports).items():
                with running(command, ports[side], log) as (process, started_ms):
                    idle = resident_kib(process)
                    row = wrk(ports[side], arguments.seconds)
                    row |= {"ready_ms": started_ms, "idle_kib": idle, "loaded_kib": resident_kib(process)}
                if side not in report or row["per_second"] > report[side]["per_second"]:
                    report[side] = row
    for side, row in report.items():
        print(f"{side:8} {row['per_second']:9,.0f} a second  p99 {row['p99_ms']:6.2f} ms  ready {row['ready_ms']:5.0f} ms"
              f"  {row['idle_kib'] / 1024:5.1f} MiB idle  {row['loaded_kib'] / 1024:5.1f} MiB loaded")
    sotto, fastapi, nginx = report["sotto"], report["fastapi"], report["nginx"]
    print(f"sotto / fastapi {sotto['per_second'] / fastapi['per_second']:.2f} (wanted: 3)   "
          f"sotto / nginx {sotto['per_second'] / nginx['per_second']:.2f} (wanted: 0.20)   "
          f"p99 sotto / fastapi {sotto['p99_ms'] / fastapi['p99_ms']:.2f} (wanted: at most 0.33)")
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    return 0


sys.exit(main())
