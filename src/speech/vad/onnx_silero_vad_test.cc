#include "speech/vad/onnx_silero_vad.h"

#include <gtest/gtest.h>

#include "platform/infer/testing/model_folder.h"
#include "speech/vad/testing/fake_vad.h"
#include "speech/vad/testing/vad_contract.h"

namespace sotto::vad {
namespace {

struct FakeMaker {
  static std::unique_ptr<Vad> make() { return std::make_unique<FakeVad>(); }
};

struct SileroMaker {
  static std::unique_ptr<Vad> make() {
    const auto file = infer::test_model("silero-vad/silero_vad_v6.onnx");
    if (!file) return nullptr;
    static const auto kRuntime = infer::Runtime::create().value();
    return std::make_unique<OnnxSileroVad>(OnnxSileroVad::Model::create(*kRuntime, *file).value());
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Fake, VadContract, FakeMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Silero, VadContract, SileroMaker);

TEST(OnnxSileroVad, RefusesAnotherModel) {
  const auto runtime = infer::Runtime::create().value();
  const infer::TemporaryFile file(infer::doubling_model());
  EXPECT_EQ(OnnxSileroVad::Model::create(*runtime, file.path()).error().reason(),
            "vad.model_mismatch");
}

TEST(OnnxSileroVad, RefusesAMissingFile) {
  const auto runtime = infer::Runtime::create().value();
  EXPECT_EQ(OnnxSileroVad::Model::create(*runtime, "/nowhere/vad.onnx").error().reason(),
            "infer.model_missing");
}

}  // namespace
}  // namespace sotto::vad
