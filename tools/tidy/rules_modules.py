"""Rules about modules: what stands in a module's folder, and what stands in spec/ for it."""
import json
import re

from tree import Finding

README_LINES_MAX = 60
ERRORS = "spec/errors.json"


def check_readmes(tree):
    for module in sorted(tree.modules):
        readme = tree.files.get(module + "/README.md")
        if readme is None:
            yield Finding(module, 0, "a module needs a README.md: what it is, public surface, "
                                     "threads, limits, invariants, how to test")
        elif (lines := readme.text.count("\n")) > README_LINES_MAX:
            yield Finding(readme.path, 0, f"{lines} lines; a module's README has at most "
                                          f"{README_LINES_MAX}")


def check_listed(tree):
    """Every source under src/ is named in the CMakeLists.txt of its module."""
    listed = {}
    for module in tree.modules:
        text = re.sub(r"#[^\n]*", "", tree.files[module + "/CMakeLists.txt"].text)
        listed[module] = set(re.findall(r"[\w./-]+\.(?:cc|h)\b", text))
        if re.search(r"EXECUTABLE\s+\S", text):
            listed[module].add("main.cc")
    for file in tree.select(".cc", ".h", under="src/"):
        module = tree.module_of(file.path)
        if module is None:
            yield Finding(file.path, 0, "stands in no module: no CMakeLists.txt above it has a "
                                        "sotto_module(...)")
        elif (name := file.path[len(module) + 1:]) not in listed[module]:
            yield Finding(file.path, 0, f"{module}/CMakeLists.txt does not list {name}")


REASON = re.compile(r'\bErrorCode::k(\w+)\s*,\s*"([^"\n]*)"')
# A module's own helper that takes the reason first: refuse("wire.json_too_deep", "…").
HELPER = re.compile(r'\b\w+\(\s*"([a-z][a-z0-9_]*\.[a-z0-9_]+)"\s*,')
FILE_NAME = re.compile(r"\.(onnx|json|txt|bin|wav|sock|tmp|part|lock)$")
SLUG = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def code_name(enumerator):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", enumerator).lower()


def read_reasons(tree, findings):
    """Rows of spec/errors.json by reason; what is wrong with the file goes to `findings`."""
    file = tree.files.get(ERRORS)
    if file is None:
        return {}
    try:
        rows = json.loads(file.text)
        reasons = [row["reason"] for row in rows]
        missing = [row["reason"] for row in rows if not {"code", "message", "since"} <= row.keys()]
    except (ValueError, TypeError, KeyError) as error:
        findings.append(Finding(ERRORS, 0, f"is no array of objects with a reason: {error}"))
        return {}
    for reason in missing:
        findings.append(Finding(ERRORS, 0, f"{reason} needs code, message and since"))
    if reasons != sorted(set(reasons)):
        findings.append(Finding(ERRORS, 0, "rows are sorted by reason, each once"))
    if file.text.count("\n") != len(rows) + 2:
        findings.append(Finding(ERRORS, 0, "one row a line, between [ and ] on their own lines"))
    return {row["reason"]: row for row in rows}


def check_reasons(tree):
    """Reasons in code and in spec/errors.json are the same, with the same code, and tested.

    A row with "removed" is a tombstone: the reason is never used again."""
    findings = []
    rows = read_reasons(tree, findings)
    product = "\n".join(f.uncommented for f in tree if f.is_cpp and not f.is_test_code)
    tests = "\n".join(f.text for f in tree if f.is_cpp and f.is_test_code
                      or f.path.startswith("tests/"))
    for file in tree:
        if not file.is_cpp or file.is_test_code:
            continue
        for match in REASON.finditer(file.uncommented):
            code, reason = code_name(match[1]), match[2]
            row = rows.get(reason)
            problem = None
            if not SLUG.fullmatch(reason):
                problem = f"the reason {reason!r} is not of the form <module>.<what>"
            elif row is None:
                problem = f"{reason} has no row in {ERRORS}"
            elif "removed" in row:
                problem = f"{reason} is a tombstone in {ERRORS}: take a new reason"
            elif row["code"] != code:
                problem = f"{reason} is {code} here and {row['code']} in {ERRORS}"
            if problem:
                findings.append(Finding(file.path, file.line_of(match.start()), problem))
        area = (tree.module_of(file.path) or "").rsplit("/", 1)[-1]
        for match in HELPER.finditer(file.uncommented):
            if match[1].startswith(area + ".") and not FILE_NAME.search(match[1]) and \
                    (match[1] not in rows or "removed" in rows[match[1]]):
                findings.append(Finding(file.path, file.line_of(match.start(1)),
                                        f"{match[1]} has no row in {ERRORS}"))
    for reason, row in rows.items():
        if "removed" in row:
            continue
        if f'"{reason}"' not in product:
            findings.append(Finding(ERRORS, 0, f"{reason}: no code gives this reason; remove the "
                                               'row, or keep it with "removed" once released'))
        elif reason not in tests:
            findings.append(Finding(ERRORS, 0, f"{reason}: no test mentions this reason; a reason "
                                               "needs a test that provokes it"))
    yield from findings


METRICS = "spec/metrics.json"
METRIC_TYPES = ("counter", "gauge", "histogram")
# A metric is made by a call whose first argument is its name.
METRIC = re.compile(r'\b(counter|histogram|gauge|running_total)\(\s*"([^"\n]*)"')


def metric_problem(row):
    if row.keys() != {"name", "type", "unit", "labels", "description", "since"}:
        return "needs exactly name, type, unit, labels, description and since"
    if row["type"] not in METRIC_TYPES:
        return f"has the type {row['type']!r}; it is one of {', '.join(METRIC_TYPES)}"
    if not re.fullmatch(r"(sotto_[a-z]+|process)(_[a-z]+)+", row["name"]):
        return "is not of the form sotto_<module>_<noun>_<unit>[_total] (or process_... of Prometheus)"
    if (row["type"] == "counter") != row["name"].endswith("_total"):
        return "is a counter if and only if it ends in _total"
    if not row["description"].endswith("."):
        return "needs a description that is a sentence"
    return None


def check_metrics(tree):
    """Metrics in code and in spec/metrics.json are the same, with the same type."""
    file = tree.files.get(METRICS)
    rows = json.loads(file.text) if file else []
    names = [row.get("name", "") for row in rows]
    if names != sorted(set(names)):
        yield Finding(METRICS, 0, "rows are sorted by name, each once")
    for row in rows:
        if problem := metric_problem(row):
            yield Finding(METRICS, 0, f"{row.get('name')} {problem}")
    types = {row.get("name"): row.get("type") for row in rows}
    used = set()
    for source in tree:
        if not source.is_cpp or source.is_test_code:
            continue
        for match in METRIC.finditer(source.uncommented):
            kind = "counter" if match[1] == "running_total" else match[1]
            name = match[2]
            used.add(name)
            if types.get(name) != kind:
                yield Finding(source.path, source.line_of(match.start()),
                              f"{name} is a {kind} here and "
                              f"{'a ' + types[name] if name in types else 'has no row'} in {METRICS}")
    for name in sorted(set(names) - used):
        yield Finding(METRICS, 0, f"{name}: no code makes this metric")


RULES = [check_readmes, check_listed, check_reasons, check_metrics]
