"""The layer check must be seen to fail: each rule against a small tree with the fault planted."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import check_layers  # noqa: E402

LAYERS = """# A comment.
base:
platform/infer: base
platform/sql: base
media/protocol: base
media: base media/protocol
speech/asr: base platform/infer
"""
MODULES = ["base", "platform/infer", "platform/sql", "media/protocol", "media", "speech/asr"]


class CheckLayers(unittest.TestCase):
    def problems(self, files, layers=LAYERS, modules=MODULES):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            texts = {f"src/{m}/CMakeLists.txt": f"sotto_module({m})\n" for m in modules}
            texts["spec/layers.txt"] = layers
            for name, text in (texts | files).items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return list(check_layers.check_tree(root))

    def assert_one(self, problems, part):
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(part, problems[0])

    def test_a_tree_in_order_passes(self):
        self.assertEqual([], self.problems({
            "src/speech/asr/a.cc": '#include <vector>\n#include "platform/infer/session.h"\n'
                                   '#include "speech/asr/internal/table.h"\n',
            "src/speech/asr/a_test.cc": '#include "base/testing/fake_clock.h"\n',
            "src/speech/asr/testing/fake.h": '#include "base/testing/fake_clock.h"\n',
            "src/media/demux.cc": 'extern "C" {\n#include <libavformat/avformat.h>\n}\n',
            "src/platform/infer/ort.cc": "#include <onnxruntime_cxx_api.h>\n"}))

    def test_a_module_outside_the_line_is_refused_with_its_place(self):
        self.assert_one(self.problems({"src/base/a.cc": '\n#include "speech/asr/a.h"\n'}),
                        "src/base/a.cc:2: base may not include speech/asr")

    def test_the_longest_prefix_names_the_module(self):
        self.assert_one(self.problems({"src/media/protocol/a.h": '#include "media/demux.h"\n'}),
                        "media/protocol may not include media (media/demux.h)")
        self.assertEqual([], self.problems({"src/media/a.cc": '#include "media/protocol/a.h"\n'}))

    def test_internal_headers_stay_inside(self):
        self.assert_one(
            self.problems({"src/speech/asr/a.cc": '#include "platform/infer/internal/guard.h"\n'}),
            "internal to platform/infer")

    def test_testing_headers_stay_out_of_production_code(self):
        include = '#include "base/testing/fake_clock.h"\n'
        self.assert_one(self.problems({"src/speech/asr/a.cc": include}), "is for tests")
        for name in ("a_test.cc", "a_bench.cc", "a_fuzz.cc"):
            self.assertEqual([], self.problems({f"src/speech/asr/{name}": include}))

    def test_tests_obey_the_layers_too(self):
        self.assert_one(self.problems({"src/base/a_test.cc": '#include "media/testing/f.h"\n'}),
                        "base may not include media")

    def test_a_module_needs_a_line(self):
        self.assert_one(self.problems({"src/flow/x/CMakeLists.txt": "sotto_module(flow/x)\n"}),
                        "src/flow/x: a module without a line")

    def test_a_line_needs_a_folder(self):
        self.assert_one(self.problems({}, layers=LAYERS + "flow/y: base\n"),
                        "flow/y has no folder")

    def test_libraries_stay_in_their_homes(self):
        for header, owner in (("libavcodec/avcodec.h", "media"),
                              ("libswresample/swresample.h", "media"),
                              ("onnxruntime_c_api.h", "platform/infer"),
                              ("sqlite3.h", "platform/sql"),
                              ("libpq-fe.h", "platform/sql"),
                              ("onnxruntime/onnxruntime_cxx_api.h", "platform/infer")):
            self.assert_one(self.problems({"src/speech/asr/a.cc": f"#include <{header}>\n"}),
                            f"only src/{owner} may include {header}")
        self.assert_one(
            self.problems({"src/media/protocol/a.cc": "# include <libavutil/frame.h>\n"}),
            "only src/media")

    def test_includes_name_the_path_from_src(self):
        self.assert_one(self.problems({"src/base/a.cc": '#include "error.h"\n'}),
                        "full path from src/")


if __name__ == "__main__":
    unittest.main()
