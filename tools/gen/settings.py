#!/usr/bin/env python3
"""Writes what is made of spec/settings.json: the C++ struct and table, the sample file, the reference.

usage: tools/gen/settings.py [--check]

With --check nothing is written: it says which files are stale and ends with status 1.
"""
import json
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPEC = "spec/settings.json"
NOTE = f"Written by tools/gen/settings.py out of {SPEC}: change that."

# type: (kind of platform/config, C++ type of one value, check of a text, what the reference calls it)
TEXTS = {
    "text": ("std::string", "nullptr", "text"),
    "path": ("std::filesystem::path", "nullptr", "path"),
    "endpoint": ("http::Endpoint", "check_endpoint", "ADDRESS:PORT or unix:/PATH"),
    "url": ("std::string", "check_url", "URL"),
    "database_url": ("std::string", "check_database_url", "postgresql:// URL without a password"),
    "host": ("std::string", "check_host", "host name or address"),
    "origin": ("std::string", "check_origin", "origin"),
    "address_block": ("http::AddressBlock", "check_address_block", "address or block"),
}
NUMBERS = {"integer": "kInteger", "number": "kNumber"}
TYPES = {"bool", "choice", *NUMBERS, *TEXTS}
UNITS = {"seconds": "seconds", "milliseconds": "milliseconds", "bytes": "bytes", "count": "",
         "bytes_per_second": "bytes a second", "per_minute": "a minute"}
NEEDED = {"name", "type", "default", "scope", "since", "description", "example"}
KNOWN = NEEDED | {"list", "unit", "least", "most", "choices", "enum", "secret", "flag"}
NAME = re.compile(r"(?:[a-z][a-z0-9]*\.)?[a-z][a-z0-9_]*")


class SpecError(Exception):
    pass


def has_type(row, value):
    kinds = {"bool": bool, "integer": int, "number": (int, float)}
    good = kinds.get(row["type"], str)
    if row.get("list"):
        return isinstance(value, list) and all(isinstance(one, good) for one in value)
    return isinstance(value, good) and (good is bool or not isinstance(value, bool))


def problems_of(row):
    """What is wrong with one row of the table."""
    if missing := NEEDED - row.keys():
        yield f"needs {', '.join(sorted(missing))}"
        return
    if unknown := row.keys() - KNOWN:
        yield f"has the unknown keys {', '.join(sorted(unknown))}"
    if not NAME.fullmatch(row["name"]):
        yield "is not named area.noun_unit"
    if row["name"].startswith("test."):
        yield "has the area test, whose variables (SOTTO_TEST_...) are those of our tests"
    if row["type"] not in TYPES:
        yield f"has the unknown type {row['type']!r}; known: {', '.join(sorted(TYPES))}"
        return
    if row["scope"] not in ("static", "live"):
        yield "has a scope that is neither static nor live"
    for key in ("default", "example"):
        if not has_type(row, row[key]):
            yield f"has the {key} {row[key]!r}, which is no {row['type']}"
    if row["type"] in NUMBERS:
        yield from problems_of_number(row)
    elif row.keys() & {"unit", "least", "most"}:
        yield "is no number and so has no unit and no bounds"
    if row["type"] == "choice" and not {"choices", "enum"} <= row.keys():
        yield "needs choices and enum"
    if row["type"] == "choice" and any(row[key] not in row.get("choices", []) for key in ("default", "example")):
        yield "has a default or an example that is none of its choices"
    if row.get("list") and row["type"] not in TEXTS:
        yield "can only be a list of texts"
    if row.get("secret") and (row["type"] != "text" or row.get("list") or row.get("flag")):
        yield "is a secret: a text, no list, without a flag"
    if not row["description"].endswith("."):
        yield "has a description that does not end with a stop"


def problems_of_number(row):
    if not {"unit", "least", "most"} <= row.keys():
        yield "needs unit, least and most"
        return
    if row["unit"] not in UNITS:
        yield f"has the unknown unit {row['unit']!r}; known: {', '.join(UNITS)}"
    elif row["unit"] != "count" and row["unit"] not in row["name"]:
        yield f"does not name its unit {row['unit']}"
    for key in ("default", "example"):
        if has_type(row, row[key]) and not row["least"] <= row[key] <= row["most"]:
            yield f"has the {key} {row[key]}, beyond its bounds"


def read_spec(text):
    rows = json.loads(text)
    problems = [f"{row.get('name', row)} {problem}" for row in rows for problem in problems_of(row)]
    names = [row.get("name") for row in rows]
    problems += [f"{name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise SpecError("\n".join(f"{SPEC}: {problem}" for problem in problems))
    return rows


def area_of(row):
    return row["name"].rpartition(".")[0]


def field_of(row):
    return row["name"].rpartition(".")[2]


def areas(rows):
    """The areas in the order of their first settings; '' for settings of none."""
    return list(dict.fromkeys(map(area_of, rows)))


def pascal(text):
    return "".join(part.capitalize() for part in text.split("_"))


# ---------------------------------------------------------------------------------------- C++

def cpp_type(row):
    if row["type"] == "bool":
        return "bool"
    if row["type"] == "choice":
        return row["enum"]
    if row["type"] == "integer":
        if row["unit"] in ("seconds", "milliseconds"):
            return "std::chrono::" + row["unit"]
        return "std::uint64_t"
    if row["type"] == "number":
        return "double"
    one = "Secret" if row.get("secret") else TEXTS[row["type"]][0]
    return f"std::vector<{one}>" if row.get("list") else one


def header(rows):
    out = ["// " + NOTE, "// clang-format off", "#pragma once", "",
           "#include <chrono>", "#include <cstdint>", "#include <filesystem>", "#include <span>", "#include <string>",
           "#include <vector>", "", '#include "base/secret.h"', '#include "platform/config/setting.h"',
           '#include "platform/config/values.h"', '#include "platform/http/address.h"',
           '#include "platform/http/server.h"', '#include "platform/obs/log.h"', "", "namespace sotto::app {", ""]
    for row in rows:
        if row["type"] == "choice" and "::" not in row["enum"]:
            enumerators = ", ".join("k" + pascal(choice) for choice in row["choices"])
            out.append(f"enum class {row['enum']} : std::uint8_t {{ {enumerators} }};")
    out += ["", "/// Every effective value, with its type. Each field has the name of its setting; the reference",
            "/// (docs/reference/settings.md) says what it means. Constant once made: any thread.", "struct Settings {"]
    for area in areas(rows):
        indent = "    " if area else "  "
        if area:
            out.append(f"  struct {pascal(area)} {{")
        for row in rows:
            if area_of(row) == area:
                default = "" if cpp_type(row).startswith("std::vector") or row["type"] in TEXTS else "{}"
                out.append(f"{indent}{cpp_type(row)} {field_of(row)}{default};")
        if area:
            out.append(f"  }} {area};")
    out += ["};", "", "/// The table of settings.", "std::span<const config::Setting> settings_table();", "",
            "/// The values of that table, none of which had a problem.", "Settings to_settings(const config::Values& values);",
            "", "}  // namespace sotto::app"]
    return "\n".join(out) + "\n"


def cpp_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fallback(row):
    """The default as one would give it on a command line."""
    value = row["default"]
    if row.get("list"):
        return ",".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def table_row(row):
    kind = {"bool": "kFlag", "choice": "kChoice"}.get(row["type"]) or NUMBERS.get(row["type"]) or \
        ("kTextList" if row.get("list") else "kText")
    parts = [f".name = {cpp_text(row['name'])}, .kind = Kind::{kind}, .fallback = {cpp_text(fallback(row))}"]
    if row["type"] in NUMBERS:
        parts.append(f".least = {row['least']:.17g}, .most = {row['most']:.17g}")
    if row["type"] == "choice":
        parts.append(f".choices = k{pascal(row['name'].replace('.', '_'))}Choices")
    if row["type"] in TEXTS and TEXTS[row["type"]][1] != "nullptr":
        parts.append(f".check = internal::{TEXTS[row['type']][1]}")
    if row["scope"] == "live":
        parts.append(".scope = Scope::kLive")
    if row.get("secret"):
        parts.append(".secret = true")
    if row.get("flag"):
        parts.append(f".short_flag = {cpp_text(row['flag'])}")
    parts.append(f".description = {cpp_text(row['description'])}")
    return "    {" + ",\n     ".join(parts) + "},"


def bind(row):
    name = cpp_text(row["name"])
    target = f"settings.{row['name']}"
    if row["type"] == "bool":
        return f"{target} = values.flag({name});"
    if row["type"] == "choice":
        return f"{target} = static_cast<{row['enum']}>(values.choice_index({name}));"
    if row["type"] == "integer":
        cast = cpp_type(row)
        return f"{target} = {cast}(values.integer({name}));" if "chrono" in cast else \
            f"{target} = static_cast<{cast}>(values.integer({name}));"
    if row["type"] == "number":
        return f"{target} = values.number({name});"
    if row.get("secret"):
        return f"{target} = Secret(std::string(values.secret({name}).reveal()));"
    converters = {"http::Endpoint": "to_endpoints", "http::AddressBlock": "to_address_blocks"}
    one = TEXTS[row["type"]][0]
    if one in converters:
        return f"{target} = internal::{converters[one]}(values.texts({name}));"
    return f"{target} = values.{'texts' if row.get('list') else 'text'}({name});"


def source(rows):
    out = ["// " + NOTE, "// clang-format off", '#include "app/settings.h"', "", '#include "app/internal/setting_checks.h"',
           "", "namespace sotto::app {", "namespace {", "", "using config::Kind;", "using config::Scope;", ""]
    for row in rows:
        if row["type"] == "choice":
            choices = ", ".join(map(cpp_text, row["choices"]))
            out.append(f"constexpr std::string_view k{pascal(row['name'].replace('.', '_'))}Choices[] = {{{choices}}};")
            enumerators = ", ".join(f"{row['enum']}::k{pascal(choice)}" for choice in row["choices"])
            for index, enumerator in enumerate(enumerators.split(", ")):
                out.append(f"static_assert(static_cast<int>({enumerator}) == {index});")
    out += ["", "const config::Setting kTable[] = {", *map(table_row, rows), "};", ""]
    for area in areas(rows):
        out.append(f"void bind_{area or 'top'}(const config::Values& values, Settings& settings) {{")
        out += ["  " + bind(row) for row in rows if area_of(row) == area]
        out += ["}", ""]
    out += ["}  // namespace", "", "std::span<const config::Setting> settings_table() { return kTable; }", "",
            "Settings to_settings(const config::Values& values) {", "  Settings settings;"]
    out += [f"  bind_{area or 'top'}(values, settings);" for area in areas(rows)]
    out += ["  return settings;", "}", "", "}  // namespace sotto::app"]
    return "\n".join(out) + "\n"


# ---------------------------------------------------------------------------------- documents

def toml(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def takes(row):
    """What a setting takes, in words."""
    if row["type"] == "bool":
        return "`true` or `false`"
    if row["type"] == "choice":
        return "one of " + ", ".join(f"`{choice}`" for choice in row["choices"])
    if row["type"] in NUMBERS:
        unit = UNITS[row["unit"]]
        whole = "whole number" if row["type"] == "integer" else "number"
        return f"{whole} from {row['least']:,} to {row['most']:,}" + (f", {unit}" if unit else "")
    name = TEXTS[row["type"]][2]
    return f"list of texts, each: {name}" if row.get("list") else name


def environment(row):
    return "SOTTO_" + row["name"].upper().replace(".", "_")


def sample(rows):
    out = [f"# Settings of sotto serve. {NOTE}", "#",
           "# A copy in the data folder, named sotto.toml, is read at the start and at SIGHUP (kill -HUP). Every line",
           "# below shows a default: take away the '#' in front of a name to change it. sotto config check says what",
           "# is wrong with a file, sotto config show what holds."]
    for area in areas(rows):
        out += ["", f"[{area}]"] if area else []
        for row in rows:
            if area_of(row) != area:
                continue
            words = f"{row['description']} ({takes(row).replace('`', '')}; e.g. {toml(row['example'])})"
            out += ["", *("# " + line for line in textwrap.wrap(words, 110))]
            if row.get("secret"):
                out.append(f"# A secret: rather name its file in {environment(row)}_FILE.")
            out.append(f"#{field_of(row)} = {toml(row['default'])}")
    return "\n".join(out) + "\n"


INTRO = """# Settings

<!-- {note} -->

A setting has its value from the last of these that gives one:

1. the default;
2. the file `sotto.toml` in the data folder, or the one that `--config FILE` names
   ([a sample](../../deploy/config.example.toml));
3. the environment: `SOTTO_` and the name in capitals, `SOTTO_LOG_LEVEL=debug`; lists are separated by commas;
4. the command line of `sotto serve`: `--log.level debug`; lists by repeating the option or by commas.

Whatever cannot be right is refused at the start, all of it at once, with the place and what would be right: unknown
names, wrong types, values out of bounds, names given twice, settings that contradict each other.

Secrets never come from the command line, and are shown as `***`. `SOTTO_AREA_NAME_FILE` names a file that holds one
(its last line feed is not part of it); a file that others can read or change is refused.

**Live** settings take a new value at `SIGHUP` (`kill -HUP`, `systemctl reload`); the others at the next start, which
the log says. A file with a mistake changes nothing at `SIGHUP`; the log says what is wrong.

`sotto config show` shows every value and where it came from, `sotto config check [FILE]` says what is wrong,
`sotto doctor` checks the whole installation.
"""


def reference(rows):
    out = [INTRO.format(note=NOTE)]
    for area in areas(rows):
        out += [f"## {area}" if area else "## Without an area", ""]
        for row in rows:
            if area_of(row) != area:
                continue
            flags = [] if row.get("secret") else [f"`--{row['name']}`"]
            flags += [f"`--{row['flag']}`"] if row.get("flag") else []
            suffix = "_FILE" if row.get("secret") else ""
            out += [f"### `{row['name']}`", "", *textwrap.wrap(row["description"], 118), "",
                    f"- takes: {takes(row)}", f"- default: `{toml(row['default'])}`",
                    f"- example: `{toml(row['example'])}`",
                    f"- also: `{environment(row)}{suffix}`" + "".join(f", {flag}" for flag in flags),
                    f"- {'live' if row['scope'] == 'live' else 'at the next start'}"
                    f"{', a secret' if row.get('secret') else ''}; since {row['since']}", ""]
    return "\n".join(out).rstrip() + "\n"


ARTEFACTS = {"src/app/settings.h": header, "src/app/settings.cc": source,
             "deploy/config.example.toml": sample, "docs/reference/settings.md": reference}


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        rows = read_spec((ROOT / SPEC).read_text(encoding="utf-8"))
    except (SpecError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    stale = False
    for path, make in ARTEFACTS.items():
        target = ROOT / path
        text = make(rows)
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale = True
        if arguments:
            print(f"{path} does not follow {SPEC}; run tools/gen/settings.py")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
