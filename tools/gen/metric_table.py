#!/usr/bin/env python3
"""Writes the table of metrics that goes into the program.

usage: tools/gen/metric_table.py spec/metrics.json OUTPUT.cc
"""

import json
import pathlib
import sys


def quoted(text):
    """A C++ literal; json escapes everything that C++ would stumble over, and the table is ASCII."""
    if not text.isascii():
        raise SystemExit(f"spec/metrics.json: {text!r} is not ASCII")
    return json.dumps(text)


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    rows = json.loads(source.read_text(encoding="utf-8"))
    entries = "".join(
        f"    {{{quoted(row['name'])}, {quoted(row['type'])},\n     {quoted(row['description'])}}},\n" for row in rows)
    target.write_text(
        "// Made from spec/metrics.json by tools/gen/metric_table.py.\n"
        '#include "platform/obs/metric_table.h"\n\n#include <array>\n\nnamespace sotto::obs {\n\n'
        "std::span<const MetricInfo> metric_table() {\n"
        f"  static constexpr std::array<MetricInfo, {len(rows)}> kTable{{{{\n{entries}  }}}};\n"
        "  return kTable;\n}\n\n}  // namespace sotto::obs\n", encoding="utf-8")


main()
