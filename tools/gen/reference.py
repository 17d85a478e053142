#!/usr/bin/env python3
"""Writes docs/reference/errors.md and docs/reference/metrics.md out of spec/.

usage: tools/gen/reference.py [--check]

With --check nothing is written; exits 1 with the difference where a page is not what spec/ gives.
"""

import difflib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STATUS = {"invalid_argument": 400, "unauthenticated": 401, "permission_denied": 403, "not_found": 404, "conflict": 409,
          "precondition_failed": 412, "too_large": 413, "unsupported": 415, "quota_exceeded": 429, "cancelled": 499,
          "data_loss": 500, "internal": 500, "overloaded": 503, "unavailable": 503, "deadline_exceeded": 504,
          "insufficient_storage": 507}


def exact_statuses():
    """Reasons that have a status of their own, from the one place that says so."""
    text = (ROOT / "src/platform/http/status.cc").read_text(encoding="utf-8")
    found = dict(re.findall(r'\{"([a-z_]+\.[a-z_]+)", (\d{3})\}', text))
    if not found:
        raise SystemExit("src/platform/http/status.cc: no reasons with a status of their own were found")
    return found


def rows(name):
    return json.loads((ROOT / "spec" / name).read_text(encoding="utf-8"))


def errors():
    lines = ["# Errors", "",
             "Every error of Sotto has a reason that never changes its meaning: the last word in parentheses of a message on",
             "the command line, `code` in a problem document of the server, `reason` in the log. The code is its kind, which",
             "decides the HTTP status; a few reasons of `http` have a more exact one. Worth trying again, where the call may be",
             "repeated at all: `overloaded`, `unavailable`, `deadline_exceeded`.", "",
             "Made from [spec/errors.json](../../spec/errors.json) by `tools/gen/reference.py`.", ""]
    area, exact = None, exact_statuses()
    for row in rows("errors.json"):
        name = row["reason"].split(".")[0]
        if name != area:
            area = name
            lines += ["", f"## {area}", "", "| reason | code | status | meaning | since |", "| --- | --- | --- | --- | --- |"]
        removed = f" Removed in {row['removed']}." if "removed" in row else ""
        lines.append(f"| `{row['reason']}` | {row['code']} | {exact.get(row['reason'], STATUS[row['code']])} | {row['message']}{removed} | "
                     f"{row['since']} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def metrics():
    lines = ["# Metrics", "",
             "What `/metrics` shows, in Prometheus' text format: on a listener of its own (`--metrics-listen`), or where the",
             "API is with a token (`--metrics-token-file`). A histogram has the series `_bucket`, `_sum` and `_count`. Names",
             "that begin with `process_` are those that Prometheus' own libraries use.", "",
             "Made from [spec/metrics.json](../../spec/metrics.json) by `tools/gen/reference.py`.", "",
             "| metric | type | unit | labels | meaning | since |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows("metrics.json"):
        labels = ", ".join(f"`{label}`" for label in row["labels"])
        lines.append(f"| `{row['name']}` | {row['type']} | {row['unit']} | {labels} | {row['description']} | {row['since']} |")
    return "\n".join(lines) + "\n"


def main():
    check = sys.argv[1:] == ["--check"]
    stale = False
    for name, text in (("errors.md", errors()), ("metrics.md", metrics())):
        path = ROOT / "docs" / "reference" / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before == text:
            continue
        stale = True
        if check:
            sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), text.splitlines(True), str(path),
                                                       "what spec/ gives"))
            print("run tools/gen/reference.py")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


sys.exit(main())
