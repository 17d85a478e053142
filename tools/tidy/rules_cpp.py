"""Rules about C++ text: banned names, lengths, headers. They read code with comments and literals
blanked; clang-tidy (tools/lint) knows types and is the finer net, this one costs a second."""
import re
from typing import Callable, NamedTuple

from tree import Finding

FUNCTION_LINES_MAX = 70
LINES_MAX = {".cc": 600, ".h": 300}  # STYLE aims at 300 and 200; these are where it stops.


class Ban(NamedTuple):
    pattern: str
    instead: str
    applies: Callable = lambda file: True
    unless: str = r"(?!)"  # What stands right before a use that is fine.


# make_unique cannot reach the private constructor beside a static create().
OWNED_AT_ONCE = r"(?:unique|shared)_ptr<[^;{}]+>\s*\w*\s*[({]\s*(?:::)?$|#\s*include\s*<$"

def in_product(file):
    return not file.is_test_code


def in_src(file):
    return file.path.startswith("src/")


BANS = [
    Ban(r"\bstd::thread\b", "std::jthread, which joins and carries a stop token"),
    Ban(r"\bsystem_clock::now\b|\bgettimeofday\b|\btime\(\s*(?:nullptr|NULL|0)\s*\)",
        "Clock (base/clock.h)", lambda f: f.path != "src/base/clock.cc"),
    Ban(r"\b(?:secure_)?getenv\b", "a setting, read by app or cli and handed down",
        lambda f: in_product(f) and not f.path.startswith(("src/app/", "src/cli/"))),
    Ban(r"\bstd::w?regex\b|\bstd::basic_regex\b",
        "RE2, or a hand-written scanner: std::regex recurses on its input"),
    Ban(r"\bsleep_(?:for|until)\b|(?<![\w.>])(?:usleep|nanosleep|sleep)\s*\(",
        "a wait with a deadline on what is awaited (CondVar::wait, poll)"),
    Ban(r"\bv?(?:f|s|sn|d)?printf\s*\(",
        "fmt::format, or std::to_chars where fmt is out of reach", in_product),
    Ban(r"(?<![\w.>])assert\s*\(", "SOTTO_CHECK (base/check.h), which is never off", in_src),
    Ban(r"\bstd::endl\b", "'\\n': std::endl flushes each time"),
    Ban(r"(?<![\w.>])(?:std::)?s?rand\s*\(|\bstd::random_device\b", "Random (base/random.h)"),
    Ban(r"\bco_(?:await|return|yield)\b", "threads or a state machine: g++ 12 miscompiles coroutines"),
    Ban(r"\bnew\b", "std::make_unique or a container", in_src, unless=OWNED_AT_ONCE),
    Ban(r"(?<!=)(?<!= )\bdelete\b", "an owner: unique_ptr, a container, UniqueFd", in_src),
    Ban(r"\busing\s+namespace\b", "names said in full, or one using-declaration in a .cc",
        lambda f: f.suffix == ".h"),
]

# `// tidy: allow NAME, because …` on the line or the one above it.
ALLOW = re.compile(r"// tidy: allow (\S+), because \S")


def allowed(file, offset, name):
    number = file.line_of(offset)
    lines = file.text.split("\n")[max(0, number - 2):number]
    return any((match := ALLOW.search(line)) and match[1] in name for line in lines)


def check_banned(tree):
    for file in tree.select(".cc", ".h"):
        for ban in BANS:
            if not ban.applies(file):
                continue
            for match in re.finditer(ban.pattern, file.code):
                name = match[0].rstrip("( \n")
                before = file.code[max(0, match.start() - 200):match.start()]
                if not re.search(ban.unless, before) and not allowed(file, match.start(), name):
                    yield Finding(file.path, file.line_of(match.start()),
                                  f"{name} is banned; instead: {ban.instead}")


# How many arguments the overload with a std::error_code takes at least.
ERROR_CODE_ARITY = {
    **dict.fromkeys(("temp_directory_path", "current_path"), 1),
    **dict.fromkeys(("exists", "is_regular_file", "is_directory", "is_symlink", "is_empty",
                     "file_size", "remove", "remove_all", "create_directory", "create_directories",
                     "canonical", "weakly_canonical", "absolute", "relative", "last_write_time",
                     "space", "status", "symlink_status", "read_symlink", "hard_link_count",
                     "directory_iterator", "recursive_directory_iterator"), 2),
    **dict.fromkeys(("rename", "copy", "copy_file", "resize_file", "permissions", "equivalent",
                     "create_symlink", "create_directory_symlink", "create_hard_link"), 3),
}
FILESYSTEM_CALL = re.compile(
    r"\b(?:std::filesystem|fs|filesystem)::(" + "|".join(ERROR_CODE_ARITY) + r")\b(?:\s+\w+)?\s*([({])")


def argument_count(code, opening):
    """Arguments of the call whose bracket is at `opening`; None where it never closes."""
    depth, commas, empty = 0, 0, True
    for character in code[opening:]:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return 0 if empty else commas + 1
        elif character == "," and depth == 1:
            commas += 1
        elif not character.isspace():
            empty = False
    return None


def check_filesystem(tree):
    for file in filter(in_product, tree.select(".cc", ".h")):
        for match in FILESYSTEM_CALL.finditer(file.code):
            count = argument_count(file.code, match.start(2))
            if count is not None and 0 < count < ERROR_CODE_ARITY[match[1]] or \
                    count == 0 and ERROR_CODE_ARITY[match[1]] == 1:
                if not allowed(file, match.start(), match[0]):
                    yield Finding(file.path, file.line_of(match.start()),
                                  f"std::filesystem::{match[1]} throws here; instead: the overload "
                                  "with a std::error_code")


NOT_A_FUNCTION = re.compile(
    r"\s*(?:(?:inline\s+)?namespace|(?:typedef\s+)?(?:class|struct|union|enum)\b(?!.*\)\s*(?:const)?\s*$)"
    r"|extern\s*\"|else|do|try|if|for|while|switch|catch)\b", re.DOTALL)
FUNCTION_HEAD = re.compile(
    r"\)\s*(?:const|noexcept(?:\([^()]*\))?|override|final|&&?|->\s*[^;{}]+|SOTTO_\w+\([^()]*\)"
    r"|requires\b[^;{}]*|:\s*[\w:<>]+\s*[({].*)?\s*(?:(?:const|noexcept|override|final|&&?)\s*)*$",
    re.DOTALL)
ASSIGNMENT_IN_HEAD = re.compile(r"template\s*<.*?>\s*|operator\s*[^\s(]*=+|\([^()]*\)|[=!<>]=",
                                re.DOTALL)
STEP = re.compile(r"[{}();]|^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", re.MULTILINE)


def is_function_head(text):
    return bool(FUNCTION_HEAD.search(text)) and not NOT_A_FUNCTION.match(text) and \
        "=" not in ASSIGNMENT_IN_HEAD.sub("", text)


def functions(code):
    """(start, end) offsets of each function that is in no other one, head included."""
    braces = []  # Kinds of the open ones: "function", "scope", or "value" as in `b_{2}`.
    parens = 0
    head = 0     # Where the declaration that is being read starts.
    start = 0
    for match in STEP.finditer(code):
        token, at = match[0], match.start()
        outside = parens == 0 and "function" not in braces
        if token == "(":
            parens += 1
        elif token == ")":
            parens = max(0, parens - 1)
        elif token == "{":
            before = code[head:at]
            if not outside or re.search(r"[\w>]$", before):
                braces.append("value")
            elif is_function_head(before):
                braces.append("function")
                start = at - len(before.lstrip())
            else:
                braces.append("scope")
                head = match.end()
        elif token == "}":
            kind = braces.pop() if braces else "scope"
            if kind == "function":
                yield start, match.end()
            if kind != "value":
                head = match.end()
        elif outside:  # A semicolon or a directive.
            head = match.end()


def check_function_length(tree):
    for file in tree.select(".cc", ".h"):
        for start, end in functions(file.code):
            lines = file.code.count("\n", start, end) + 1
            if lines > FUNCTION_LINES_MAX:
                name = re.search(r"([\w:~]+)\s*\(", file.code[start:end])
                yield Finding(file.path, file.line_of(start),
                              f"{name[1] if name else 'function'} has {lines} lines; at most "
                              f"{FUNCTION_LINES_MAX}: give a part of it a name")


def check_file_length(tree):
    for file in tree.select(".cc", ".h", under="src/"):
        lines = file.text.count("\n")
        if lines > LINES_MAX[file.suffix]:
            yield Finding(file.path, 0, f"{lines} lines; at most {LINES_MAX[file.suffix]}: "
                                        "split it by concern")


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


def check_pragma_once(tree):
    for file in tree.select(".h"):
        once = re.search(r"^#pragma once$", file.text, re.MULTILINE)
        first = re.search(r"\S", file.code)
        if not once or (first and first.start() < once.start()):
            yield Finding(file.path, 1, "a header begins with #pragma once")


def check_own_header_first(tree):
    for file in tree.select(".cc", under="src/"):
        own = re.sub(r"(_test)?\.cc$", ".h", file.path)
        if own not in tree.files:
            own = file.path[:-len(".cc")] + ".h"
        first = INCLUDE.search(file.uncommented)
        if own in tree.files and first and "src/" + first[2] != own:
            yield Finding(file.path, file.line_of(first.start(2)),
                          f'the first include is its own header, "{own[4:]}", so that the header is '
                          "known to stand alone")


def check_dead_headers(tree):
    included = set()
    for file in tree.select(".cc", ".h"):
        own = file.path[:-len(".cc")] + ".h" if file.suffix == ".cc" else file.path
        included |= {"src/" + match[2] for match in INCLUDE.finditer(file.uncommented)} - {own}
    for file in tree.select(".h", under="src/"):
        if file.path not in included:
            yield Finding(file.path, 0, "nobody but its own .cc includes it: remove it, or add the "
                                        "test or the caller that needs it")


RULES = [check_banned, check_filesystem, check_function_length, check_file_length,
         check_pragma_once, check_own_header_first, check_dead_headers]
