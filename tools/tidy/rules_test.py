"""Every rule is seen to pass on what is right and to fail on a planted fault."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import main
import rules_cpp
import rules_modules
import rules_text
from tree import NotARepository, Tree, mask, read_repository

MODULE = "sotto_module(base\n  HEADERS a.h\n  SOURCES a.cc\n)\n"


class RuleTest(unittest.TestCase):
    def findings(self, rule, files, history=()):
        return [str(finding) for finding in rule(Tree(files, history))]

    def assert_clean(self, rule, files, history=()):
        self.assertEqual([], self.findings(rule, files, history))

    def assert_one(self, rule, files, part, history=()):
        found = self.findings(rule, files, history)
        self.assertEqual(1, len(found), found)
        self.assertIn(part, found[0])


class Mask(unittest.TestCase):
    def test_blanks_comments_and_literals_and_keeps_every_offset(self):
        text = 'int a; // rand()\n/* b\n c */ f("rand()", \'"\', R"x(a)"b)x"); int d = 1\'000\'000;\n'
        masked = mask(text, literals=True)
        self.assertEqual(len(text), len(masked))
        self.assertEqual(text.count("\n"), masked.count("\n"))
        self.assertNotIn("rand", masked)
        self.assertIn("int d = 1'000'000;", masked)
        self.assertIn('f("      "', masked)

    def test_can_keep_literals(self):
        self.assertEqual('f("//x");     ', mask('f("//x"); //y ', literals=False)[:14])


class TextRules(RuleTest):
    def test_known_extension(self):
        rule = rules_text.check_known_extension
        self.assert_clean(rule, {"a.cc": "", "LICENSE": "", "tools/run": "#!/bin/sh\n",
                                 "fuzz/corpus/x/seed.bin": ""})
        self.assert_one(rule, {"a.cpp": ""}, "a.cpp: a kind of file")
        self.assert_one(rule, {"notes": "hello"}, "a kind of file")

    def test_size(self):
        rule = rules_text.check_size
        limit = rules_text.SIZE_MAX
        self.assert_clean(rule, {"a.txt": b"x" * limit}, [("b.txt", limit)])
        self.assert_one(rule, {"a.txt": b"x" * (limit + 1)}, "are tracked",
                        [("a.txt", limit + 1)])
        self.assert_one(rule, {"a.txt": ""}, "in the history", [("gone.onnx", limit + 1)])

    def test_whitespace(self):
        rule = rules_text.check_whitespace
        self.assert_clean(rule, {"a.cc": "int a;\n", "Makefile": "a:\n\tb\n", "empty.py": "",
                                 "tests/golden/a.md": "x \t"})
        self.assert_one(rule, {"a.cc": "int a;"}, "a.cc:1: no newline")
        self.assert_one(rule, {"a.cc": "int a;\n\n"}, "a.cc:2: empty line")
        self.assert_one(rule, {"a.md": "b\na  \n"}, "a.md:2: spaces")
        self.assert_one(rule, {"a.py": "if a:\n\tb\n"}, "a.py:2: a tab")
        self.assert_one(rule, {"a.cc": "int a;\r\n"}, "a carriage return")

    def test_marks(self):
        rule = rules_text.check_marks
        todo, fixme = "TO" + "DO", "FIX" + "ME"
        self.assert_clean(rule, {"a.cc": f"// {todo}(#12): say why.\n", "a.md": f"{fixme}\n"})
        self.assert_one(rule, {"a.cc": f"\n// {fixme}: later\n"}, "a.cc:2: " + fixme)
        for text in (f"// {todo}: later\n", f"// {todo}(me): later\n"):
            self.assert_one(rule, {"a.cc": text}, "needs an issue number")

    def test_machine(self):
        rule = rules_text.check_machine
        self.assert_clean(rule, {"a.md": "src/work/x ~/root/x https://sotto.example/a\n"
                                         "`--root DIR` ${DIR}/work/x /home/you/x /home/a/x /workshop\n"})
        self.assert_clean(rule, {"src/x/a_test.cc": '"/home/' 'ada"\n'})
        for bad in ("/ro" "ot/x", "/wo" "rk/main", "HOME=/ro" "ot ", "/home/" "jane/x",
                    "https://" "registry." "npmjs.org/a", "registry" ".npmjs.org",
                    "https://" "files." "pythonhosted.org/a", "http://" "deb.debian.org/x"):
            found = self.findings(rule, {"a.md": bad + "\n"})
            self.assertTrue(found and "one machine or one registry" in found[0], bad)

    def test_links(self):
        rule = rules_text.check_links
        self.assert_clean(rule, {
            "docs/a.md": "[b](../b.md) [c](../src/) [w](https://x.y/z) [h](#here) [s](b.md#x)\n"
                         "`[code](gone.md)`\n```\n[block](gone.md)\n```\n",
            "docs/b.md": "", "b.md": "", "src/a.cc": ""})
        self.assert_one(rule, {"docs/a.md": "\n[b](b.md)\n"}, "docs/a.md:2: links to b.md")
        self.assert_one(rule, {"a.md": "![b](b.png)\n"}, "links to b.png")
        self.assert_one(rule, {"a.md": "[b](../b.md)\n"}, "links to ../b.md")
        self.assert_one(rule, {"a.md": "[b]: gone.md\n"}, "links to gone.md")


class BannedNames(RuleTest):
    def assert_banned(self, text, replacement, path="src/x/a.cc"):
        self.assert_one(rules_cpp.check_banned, {path: text}, replacement)

    def assert_fine(self, text, path="src/x/a.cc"):
        self.assert_clean(rules_cpp.check_banned, {path: text})

    def test_names_the_replacement(self):
        self.assert_banned("std::thread t;", "std::jthread")
        self.assert_banned("auto t = std::chrono::system_clock::now();", "Clock")
        self.assert_banned("auto t = time(nullptr);", "Clock")
        self.assert_banned('auto v = std::getenv("X");', "a setting")
        self.assert_banned("std::regex r;", "RE2")
        self.assert_banned("std::this_thread::sleep_for(1s);", "a wait with a deadline")
        self.assert_banned("::usleep(3);", "a wait with a deadline")
        for call in ("printf", "std::fprintf", "snprintf", "vsnprintf"):
            self.assert_banned(call + '("x");', "fmt::format")
        self.assert_banned("assert(x);", "SOTTO_CHECK")
        self.assert_banned("out << std::endl;", "'\\n'")
        self.assert_banned("int a = rand();", "Random")
        self.assert_banned("co_return 1;", "coroutines")
        self.assert_banned("int* a = new int;", "make_unique")
        self.assert_banned("delete a;", "an owner")
        self.assert_banned("using namespace std;", "names said in full", "src/x/a.h")

    def test_reads_code_and_not_comments_or_literals(self):
        self.assert_fine('// std::thread, printf(\nconst char* a = "assert( new std::endl";')

    def test_leaves_alone_what_only_looks_alike(self):
        self.assert_fine("static_assert(true); std::jthread t; operand(); strand(); x.sleep(1);\n"
                         "A(const A&) = delete; A(A&&) =delete; int news; fmt::print(a);\n"
                         "steady_clock::now(); random(); #include <new>\n"
                         "using namespace std::chrono_literals;")

    def test_lets_a_factory_own_at_once(self):
        self.assert_fine("return std::unique_ptr<A>(\n    new A(1));")
        self.assert_fine("std::unique_ptr<A> a(new A);")
        self.assert_fine("return std::shared_ptr<const A>(new A(1));")

    def test_knows_the_homes(self):
        now = "std::chrono::system_clock::now();"
        self.assert_fine(now, "src/base/clock.cc")
        self.assert_banned(now, "Clock", "src/base/clock_test.cc")
        self.assert_fine('std::getenv("X");', "src/cli/main.cc")
        self.assert_fine('std::getenv("SOTTO_CORPUS");', "src/x/a_test.cc")
        self.assert_fine('std::fprintf(stderr, "x");', "fuzz/replay_main.cc")

    def test_an_exception_needs_its_name_and_a_reason(self):
        self.assert_fine("// tidy: allow new, because the C library frees it.\nauto a = new int;")
        self.assert_banned("// tidy: allow new\nauto a = new int;", "make_unique")
        self.assert_banned("// tidy: allow delete, because of x.\nauto a = new int;", "make_unique")

    def test_filesystem_calls_take_an_error_code(self):
        rule = rules_cpp.check_filesystem
        for bad in ("std::filesystem::exists(f(a, b))", "fs::rename(a, b)",
                    "std::filesystem::current_path()", "fs::directory_iterator(a)",
                    "std::filesystem::recursive_directory_iterator it(a);"):
            self.assert_one(rule, {"src/x/a.cc": bad}, "throws here")
        self.assert_clean(rule, {"src/x/a.cc": "std::filesystem::exists(a, ec);"
                                 "fs::rename(f(a, b), c, ec); fs::directory_iterator end;"
                                 "fs::directory_iterator it(a, ec); fs::path(a);"
                                 "fs::directory_iterator();",
                                 "src/x/a_test.cc": "fs::exists(a);"})


class CppRules(RuleTest):
    LONG = "  int a = 1;\n"

    def test_function_length(self):
        rule = rules_cpp.check_function_length
        for head in ("int f(int a) {\n", "A::A() : a_(1), b_{2} {\n", "int g() const noexcept {\n",
                     "TEST(A, B) {\n", "auto f() -> int {\n", "class A {\n int f() {\n",
                     "namespace {\nint f() SOTTO_REQUIRES(m) {\n", "#define X 1\nvoid f() {\n",
                     "bool operator==(const A& a) const {\n", "void f(int a = 1) {\n",
                     "template <typename T = int> void f() {\n"):
            with self.subTest(head):
                self.assert_clean(rule, {"src/a.cc": head + self.LONG * 68 + "}\n"})
                self.assert_one(rule, {"src/a.cc": head + self.LONG * 69 + "}\n"}, "71 lines")

    def test_what_is_no_function_may_be_long(self):
        for head in ("namespace a {\n", "struct A {\n", "class A : public B<C(int)> {\n",
                     "const std::array<int, 3> kTable = {\n", "enum class A {\n",
                     'extern "C" {\n', "constexpr auto kTable = std::to_array<Row>({\n"):
            with self.subTest(head):
                self.assert_clean(rules_cpp.check_function_length,
                                  {"src/a.cc": head + "  A b;\n" * 90 + "};\n"})

    def test_function_is_named_with_its_place(self):
        text = "int ok() { return 1; }\n\n// Why.\nint Long::one(int a) {\n" + self.LONG * 70 + "}\n"
        self.assert_one(rules_cpp.check_function_length, {"src/a.cc": text},
                        "src/a.cc:4: Long::one has 72 lines")

    def test_file_length(self):
        rule = rules_cpp.check_file_length
        self.assert_clean(rule, {"src/a.cc": "\n" * 600, "src/a.h": "\n" * 300})
        self.assert_one(rule, {"src/a.cc": "\n" * 601}, "601 lines")
        self.assert_one(rule, {"src/a.h": "\n" * 301}, "301 lines")

    def test_pragma_once(self):
        rule = rules_cpp.check_pragma_once
        self.assert_clean(rule, {"a.h": "// What it is.\n#pragma once\n\nint a;\n"})
        self.assert_one(rule, {"a.h": "int a;\n"}, "#pragma once")
        self.assert_one(rule, {"a.h": "#include <b>\n#pragma once\n"}, "#pragma once")

    def test_own_header_first(self):
        rule = rules_cpp.check_own_header_first
        good = '#include "x/a.h"\n\n#include <vector>\n'
        bad = '#include <vector>\n\n#include "x/a.h"\n'
        self.assert_clean(rule, {"src/x/a.h": "", "src/x/a.cc": good, "src/x/a_test.cc": good,
                                 "src/x/b.cc": bad})
        self.assert_one(rule, {"src/x/a.h": "", "src/x/a.cc": bad}, "src/x/a.cc:1: the first")
        self.assert_one(rule, {"src/x/a.h": "", "src/x/a_test.cc": bad}, "the first include")

    def test_dead_headers(self):
        rule = rules_cpp.check_dead_headers
        include = '#include "x/a.h"\n'
        self.assert_clean(rule, {"src/x/a.h": "", "src/x/a_test.cc": include})
        self.assert_one(rule, {"src/x/a.h": "", "src/x/a.cc": include}, "src/x/a.h: nobody")
        self.assert_one(rule, {"src/x/a.h": "", "src/x/b.cc": "// " + include}, "nobody")


class ModuleRules(RuleTest):
    def test_readmes(self):
        rule = rules_modules.check_readmes
        module = {"src/base/CMakeLists.txt": MODULE}
        self.assert_clean(rule, module | {"src/base/README.md": "x\n" * 60})
        self.assert_one(rule, module, "src/base: a module needs a README.md")
        self.assert_one(rule, module | {"src/base/README.md": "x\n" * 61}, "61 lines")

    def test_listed(self):
        rule = rules_modules.check_listed
        module = {"src/base/CMakeLists.txt": MODULE, "src/base/a.h": "", "src/base/a.cc": ""}
        self.assert_clean(rule, module)
        self.assert_one(rule, module | {"src/base/b.cc": ""}, "does not list b.cc")
        self.assert_one(rule, module | {"src/base/testing/a.h": ""}, "does not list testing/a.h")
        self.assert_one(rule, module | {"src/other/a.h": ""}, "stands in no module")
        nested = {"src/base/deep/CMakeLists.txt": "sotto_module(base/deep EXECUTABLE x)\n",
                  "src/base/deep/main.cc": ""}
        self.assert_clean(rule, module | nested)
        commented = {"src/base/CMakeLists.txt": MODULE + "# b.cc\n", "src/base/b.cc": ""}
        self.assert_one(rule, module | commented, "does not list b.cc")


METRIC_ROW = {"name": "sotto_x_open", "type": "gauge", "unit": "", "labels": [], "description": "How many.",
              "since": "0.1.0"}


class Metrics(RuleTest):
    CODE = {"src/x/a.cc": 'metrics.gauge(\n    "sotto_x_open", read);'}

    def check(self, code, *rows, part=None):
        rule, files = rules_modules.check_metrics, code | {"spec/metrics.json": json.dumps(rows)}
        self.assert_one(rule, files, part) if part else self.assert_clean(rule, files)

    def test_code_and_table_agree(self):
        self.check(self.CODE, METRIC_ROW)
        self.check({"src/x/a.cc": 'metrics.running_total("sotto_x_lines_total", read);'},
                   METRIC_ROW | {"name": "sotto_x_lines_total", "type": "counter"})

    def test_a_metric_needs_a_row_of_its_type(self):
        self.check(self.CODE, part="has no row")
        self.check(self.CODE, METRIC_ROW | {"type": "histogram"}, part="is a gauge here and a histogram in")

    def test_a_row_needs_code(self):
        self.check({}, METRIC_ROW, part="no code makes this metric")
        self.check({"src/x/a_test.cc": self.CODE["src/x/a.cc"]}, METRIC_ROW, part="no code makes this metric")

    def test_a_row_has_its_form(self):
        self.check(self.CODE, METRIC_ROW | {"description": "How many"}, part="a sentence")
        self.check(self.CODE, {k: v for k, v in METRIC_ROW.items() if k != "unit"}, part="needs exactly")
        name = {"src/x/a.cc": 'metrics.counter("sotto_x_open");'}
        self.check(name, METRIC_ROW | {"type": "counter"}, part="ends in _total")
        self.check({"src/x/a.cc": 'metrics.gauge("xOpen");'}, METRIC_ROW | {"name": "xOpen"}, part="not of the form")

    def test_rows_are_sorted(self):
        code = {"src/x/a.cc": 'gauge("sotto_x_open"); gauge("sotto_x_big");'}
        self.check(code, METRIC_ROW | {"name": "sotto_x_open"}, METRIC_ROW | {"name": "sotto_x_big"}, part="sorted")


ROW = '{"reason": "%s", "code": "not_found", "message": "Gone.", "since": "0.1.0"%s}'


class Reasons(RuleTest):
    CODE = {"src/x/a.cc": 'return Error(ErrorCode::kNotFound,\n    "x.gone", "Gone.");'}
    TEST = {"src/x/a_test.cc": 'EXPECT_EQ(e.reason(), "x.gone");'}
    SPEC = {"spec/errors.json": "[\n" + ROW % ("x.gone", "") + "\n]\n"}

    def check(self, files, part=None):
        rule = rules_modules.check_reasons
        self.assert_one(rule, files, part) if part else self.assert_clean(rule, files)

    def spec(self, *rows):
        return {"spec/errors.json": "[\n" + ",\n".join(rows) + "\n]\n"}

    def test_code_spec_and_test_agree(self):
        self.check(self.CODE | self.TEST | self.SPEC)

    def test_a_reason_needs_a_row(self):
        self.check(self.CODE | self.TEST, "src/x/a.cc:1: x.gone has no row")

    def test_a_reason_handed_to_a_helper_needs_a_row_too(self):
        module = {"src/x/CMakeLists.txt": "sotto_module(x)\n"}
        self.check(module | {"src/x/a.cc": 'return refuse("x.gone", "Gone.");'}, "has no row")
        self.check(module | {"src/x/a.cc": 'open("x.onnx", 1); print("y.gone", 1);'})

    def test_a_row_needs_code(self):
        self.check(self.TEST | self.SPEC, "no code gives this reason")
        self.check({"src/x/a.h": '// "x.gone"'} | self.SPEC, "no code gives this reason")

    def test_a_row_needs_a_test(self):
        self.check(self.CODE | self.SPEC, "no test mentions this reason")

    def test_a_row_has_the_code_of_the_code(self):
        code = {"src/x/a.cc": 'Error(ErrorCode::kDeadlineExceeded, "x.gone", "");'}
        self.check(code | self.TEST | self.SPEC, "is deadline_exceeded here and not_found in")

    def test_a_reason_has_its_form(self):
        self.check({"src/x/a.cc": 'Error(ErrorCode::kNotFound, "Gone", "");'}, "not of the form")

    def test_a_tombstone_stays_dead(self):
        dead = self.spec(ROW % ("x.gone", ', "removed": "0.2.0"'))
        self.check(dead)
        self.check(self.CODE | self.TEST | dead, "is a tombstone")

    def test_the_table_is_sorted_whole_and_one_row_a_line(self):
        both = {"src/x/a.cc": '"x.a" "x.b"', "src/x/a_test.cc": '"x.a" "x.b"'}
        self.check(both | self.spec(ROW % ("x.a", ""), ROW % ("x.b", "")))
        self.check(both | self.spec(ROW % ("x.b", ""), ROW % ("x.a", "")), "sorted by reason")
        self.check({"spec/errors.json": "{"}, "no array of objects")
        self.check({"spec/errors.json": "[\n{}\n]\n"}, "no array of objects")
        one_line = {"spec/errors.json": self.spec(ROW % ("x.a", ""))["spec/errors.json"]
                    .replace("\n", " ") + "\n"}
        self.check(both | one_line, "one row a line")


class Repository(unittest.TestCase):
    def test_reads_tracked_files_and_sizes_in_history(self):
        with tempfile.TemporaryDirectory() as folder:
            def run(*arguments):
                subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True,
                               env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull})
            run("init", "-q")
            run("config", "user.name", "A")
            run("config", "user.email", "a@example.org")
            Path(folder, "large.txt").write_text("x" * 300_000)
            run("add", ".")
            run("commit", "-qm", "One")
            Path(folder, "large.txt").unlink()
            Path(folder, "a b.md").write_text("hello\n")
            Path(folder, "untracked.md").write_text("hello\n")
            run("add", "-u")
            run("add", "a b.md")
            run("commit", "-qm", "Two")
            tree = read_repository(folder)
            self.assertEqual(["a b.md"], list(tree.files))
            self.assertIn(("large.txt", 300_000), tree.history)

    def test_says_where_there_is_no_checkout(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(NotARepository):
            read_repository(folder)

    def test_every_rule_is_registered(self):
        for module in (rules_text, rules_cpp, rules_modules):
            named = {value for name, value in vars(module).items() if name.startswith("check_")}
            self.assertEqual(named, set(module.RULES))
            self.assertLessEqual(named, set(main.RULES))


if __name__ == "__main__":
    unittest.main()
