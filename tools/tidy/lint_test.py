"""What tools/lint chooses to look at, and when it looks again."""
import json
import tempfile
import unittest
from pathlib import Path

import lint

FILES = {
    "src/base/error.h": "#pragma once\n",
    "src/base/result.h": '#pragma once\n#include "base/error.h"\n',
    "src/base/error.cc": '#include "base/error.h"\n',
    "src/base/other.cc": "#include <vector>\n",
    "src/base/user.cc": '#include "base/result.h"\n',
    "src/base/loop.h": '#include "base/loop.h"\n',
}
UNITS = {"src/base/error.cc", "src/base/other.cc", "src/base/user.cc"}


class Lint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in FILES.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def select(self, *changed, units=UNITS):
        return lint.select_units(changed, dict.fromkeys(units), lint.Sources(self.root))

    def stamp(self, unit="src/base/user.cc", command="c", settings="s"):
        return lint.stamp_name(unit, command, lint.Sources(self.root), settings)

    def test_a_changed_unit_is_linted_alone(self):
        self.assertEqual(["src/base/other.cc"], self.select("src/base/other.cc", "README.md"))

    def test_a_changed_header_is_seen_through_its_own_source(self):
        self.assertEqual(["src/base/error.cc"], self.select("src/base/error.h"))

    def test_a_header_without_source_is_seen_through_one_user(self):
        self.assertEqual(["src/base/user.cc"], self.select("src/base/result.h"))

    def test_a_header_in_a_header_set_is_seen_alone(self):
        units = UNITS | {"src/base/result.h"}
        self.assertEqual(["src/base/result.h"], self.select("src/base/result.h", units=units))

    def test_a_header_that_a_chosen_unit_reaches_costs_nothing_more(self):
        self.assertEqual(["src/base/user.cc"],
                         self.select("src/base/user.cc", "src/base/error.h"))

    def test_a_removed_file_is_no_unit(self):
        self.assertEqual([], self.select("src/base/gone.h", "src/base/gone.cc"))

    def test_includes_that_go_round_end(self):
        self.assertEqual({"src/base/loop.h"}, lint.Sources(self.root).reached("src/base/loop.h"))

    def test_a_stamp_changes_with_all_that_a_unit_reads_and_with_nothing_else(self):
        before = self.stamp()
        (self.root / "src/base/other.cc").write_text("int a;\n")
        self.assertEqual(before, self.stamp())
        self.assertNotEqual(before, self.stamp(command="d"))
        self.assertNotEqual(before, self.stamp(settings="t"))
        (self.root / "src/base/error.h").write_text("#pragma once\nint a;\n")
        self.assertNotEqual(before, self.stamp())

    def test_generated_units_go_by_the_header_they_verify(self):
        name = "src/base/sotto_base_verify_interface_header_sets/base/error.h.cxx"
        (self.root / "compile_commands.json").write_text(json.dumps([
            {"directory": str(self.root / "build"), "file": name, "command": "c"},
            {"directory": str(self.root), "file": str(self.root / "src/base/error.cc"),
             "command": "d"},
            {"directory": "/", "file": "/elsewhere/a.cc", "command": "e"}]))
        units = lint.read_units(self.root, self.root)
        self.assertEqual({"src/base/error.h", "src/base/error.cc"}, set(units))
        self.assertEqual("d", units["src/base/error.cc"][1])


if __name__ == "__main__":
    unittest.main()
