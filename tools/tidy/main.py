#!/usr/bin/env python3
"""The house rules that need no compiler: the ctest tidy.repository.

Usage: tools/tidy/main.py [ROOT]. Prints one line a finding and exits 1; exits 77 (skipped) where
there is no git checkout to look at. Each rule is a function from a Tree to findings, with its own
test in rules_test.py."""
import sys
from pathlib import Path

import rules_cpp
import rules_modules
import rules_text
from tree import NotARepository, read_repository

RULES = rules_text.RULES + rules_cpp.RULES + rules_modules.RULES


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    try:
        tree = read_repository(root)
    except NotARepository as error:
        print(f"skipped: {root} cannot be read with git: {error}")
        return 77
    findings = sorted({finding for rule in RULES for finding in rule(tree)})
    for finding in findings:
        print(finding)
    print(f"{len(tree.files)} files, {len(RULES)} rules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
