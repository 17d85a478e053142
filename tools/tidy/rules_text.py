"""Rules about tracked files as such: what they are called, how large they are, how they end."""
import re

from tree import Finding

SIZE_MAX = 200 * 1024

# A new kind of file is a decision: add it here with the change that brings the first one.
KNOWN_SUFFIXES = {
    ".cc", ".h", ".inc", ".in", ".cmake", ".py", ".sh", ".md", ".txt", ".json", ".yaml", ".yml", ".toml", ".supp",
    ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".svg", ".http", ".service", ".conf",
    ".srt", ".vtt", ".tsv", ".ttml", ".wav", ".flac", ".png",
}
KNOWN_NAMES = {
    "LICENSE", "Makefile", "Dockerfile", "Containerfile", "Caddyfile", ".clang-format", ".clang-tidy",
    ".gitignore", ".gitattributes", ".editorconfig", ".npmrc", ".dockerignore",
}
SOURCE_SUFFIXES = {".cc", ".h", ".inc", ".cmake", ".py", ".sh", ".md", ".json", ".yaml", ".yml", ".toml",
                   ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".supp"}
CODE_SUFFIXES = {".cc", ".h", ".inc", ".cmake", ".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".css"}


def is_fixture(file):
    """Bytes that a test needs exactly as they are."""
    return re.search(r"(^|/)(corpus|golden|testdata)/", file.path) is not None


def is_script(file):
    return not file.suffix and file.data.startswith(b"#!")


def is_source(file):
    return not is_fixture(file) and (file.suffix in SOURCE_SUFFIXES or is_script(file)
                                     or file.name in ("CMakeLists.txt", "Makefile"))


def check_known_extension(tree):
    for file in tree:
        if not (file.suffix in KNOWN_SUFFIXES or file.name in KNOWN_NAMES or is_script(file)
                or is_fixture(file)):
            yield Finding(file.path, 0, "a kind of file that tools/tidy/rules_text.py does not know")


def check_size(tree):
    for file in tree:
        if len(file.data) > SIZE_MAX:
            yield Finding(file.path, 0, f"{len(file.data)} bytes; at most {SIZE_MAX} are tracked: "
                                        "weights and recordings are fetched, not committed")
    current = {file.path for file in tree if len(file.data) > SIZE_MAX}
    for path, size in tree.history:
        if size > SIZE_MAX and path not in current:
            yield Finding(path, 0, f"{size} bytes in the history reachable from HEAD; at most "
                                   f"{SIZE_MAX}: rewrite the branch before it is shared")


def check_whitespace(tree):
    for file in filter(is_source, tree):
        if file.data and not file.data.endswith(b"\n"):
            yield Finding(file.path, file.line_of(len(file.text)), "no newline at the end")
        if file.data.endswith(b"\n\n"):
            yield Finding(file.path, file.line_of(len(file.text)) - 1, "empty line at the end")
        for number, line in enumerate(file.text.split("\n"), 1):
            if line.endswith("\r"):
                yield Finding(file.path, number, "a carriage return: lines end in a newline alone")
            elif line != line.rstrip():
                yield Finding(file.path, number, "spaces at the end of the line")
            if "\t" in line and file.name != "Makefile":
                yield Finding(file.path, number, "a tab: indent with spaces")


MARK = re.compile(r"\b(?:(FIX" r"ME|XX" r"X)\b|(TO" r"DO)\b(?!\(#\d+\): ))")


def check_marks(tree):
    for file in tree:
        if not (file.suffix in CODE_SUFFIXES or file.name == "CMakeLists.txt" or is_script(file)):
            continue
        for match in MARK.finditer(file.text):
            message = f"{match[1]} may not be merged: mend it or open an issue" if match[1] else \
                f"{match[2]} needs an issue number: {match[2]}(#123): what is missing."
            yield Finding(file.path, file.line_of(match.start()), message)


# Written so that this file does not match itself.
MACHINE = re.compile(
    r"(?<![\w.~}-])/(?:root|work|farm)(?:/|\b(?![-\w]))|(?<![\w.~}-])/home/(?!you\b|user\b|[a-z]\b)[a-z]"
    r"|https?://(?:registry|files|deb|repo1?|proxy|static|index)\.[a-z]"
    r"|\b(?:registry\.(?:npmjs|yarnpkg)|files\.python" r"hosted|static\.crates)\b")


def check_machine(tree):
    for file in tree:
        if is_fixture(file) or file.suffix in (".svg", ".wav", ".flac", ".png"):
            continue
        for match in MACHINE.finditer(file.text):
            if match[0].startswith("/home/") and file.path.endswith("_test.cc"):
                continue  # An invented home folder that a test of paths hands in.
            yield Finding(file.path, file.line_of(match.start()),
                          f"{match[0]!r} belongs to one machine or one registry host: name what is "
                          "meant relative to the checkout, or the package alone")


LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)"
                  r"|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
CODE_BLOCK = re.compile(r"^(```|~~~).*?^\1[^\n]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def resolve(base, target):
    parts = [] if target.startswith("/") else base.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def check_links(tree):
    for file in tree.select(".md"):
        text = CODE_BLOCK.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), file.text)
        for match in LINK.finditer(text):
            target = (match[1] or match[2] or match[3]).split("#")[0]
            if not target or re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            path = resolve(file.path, target)
            if path not in tree.files and path not in tree.folders and path != "":
                yield Finding(file.path, file.line_of(match.start()),
                              f"links to {target}, which is not in the repository")


RULES = [check_known_extension, check_size, check_whitespace, check_marks, check_machine,
         check_links]
