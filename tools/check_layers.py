#!/usr/bin/env python3
"""Who includes whom, against spec/layers.txt: the ctest tidy.layers. Usage: check_layers.py [ROOT]"""
import re
import sys
from pathlib import Path

THIRD_PARTY_HOMES = {  # A library's headers and the one module that may include them.
    r"lib(av|sw)\w+/": "media",
    r"(onnxruntime\w*/)?onnxruntime_\w+\.h": "platform/infer",
    r"sqlite3\.h|(postgresql/)?libpq\S*\.h": "platform/sql",
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def read_layers(text):
    lines = [line.split(":") for line in text.splitlines() if line.strip() and line[0] != "#"]
    return {module.strip(): set(below.split()) for module, below in lines}


def module_of(path, layers):
    """The module whose folder holds `path` (relative to src/): the longest prefix."""
    return max((m for m in layers if path.startswith(m + "/")), key=len, default=None)


def check_include(file, quote, target, layers):
    """What is wrong when src/`file` includes `target`: a sentence, or None."""
    home = module_of(file, layers)
    for pattern, owner in THIRD_PARTY_HOMES.items():
        if re.match(pattern, target) and home != owner:
            return f"only src/{owner} may include {target}"
    if quote == "<":
        return None
    module = module_of(target, layers)
    if module is None:
        return f'"{target}" is in no module: include by the full path from src/'
    if module != home and module not in layers.get(home, ()):
        return f"{home} may not include {module} ({target}): see spec/layers.txt"
    if module != home and "/internal/" in target:
        return f"{target} is internal to {module}"
    if "/testing/" in target and not re.search(r"_(test|bench|fuzz)\.cc$|/testing/", file):
        return f"{target} is for tests, and this is production code"
    return None


def check_tree(root):
    layers = read_layers((root / "spec/layers.txt").read_text())
    src = root / "src"
    for cmake in src.rglob("CMakeLists.txt"):
        folder = cmake.parent.relative_to(src).as_posix()
        if "sotto_module(" in cmake.read_text() and folder not in layers:
            yield f"src/{folder}: a module without a line in spec/layers.txt"
    for module in layers:
        if not (src / module / "CMakeLists.txt").is_file():
            yield f"spec/layers.txt: {module} has no folder with a CMakeLists.txt under src/"
    for path in sorted(p for p in src.rglob("*") if p.suffix in (".h", ".cc")):
        file = path.relative_to(src).as_posix()
        for match in INCLUDE.finditer(text := path.read_text()):
            if problem := check_include(file, match[1], match[2], layers):
                yield f"src/{file}:{text.count(chr(10), 0, match.start(2)) + 1}: {problem}"


if __name__ == "__main__":
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])
    problems = list(check_tree(root))
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(bool(problems))
