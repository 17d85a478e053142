#include "platform/infer/onnx_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "platform/infer/testing/model_folder.h"

namespace sotto::infer {
namespace {

using testing::ElementsAre;

/// Field `number` with `content`, as Protocol Buffers write it.
std::string field(int number, const std::string& content) {
  std::string out{static_cast<char>(number << 3 | 2)};
  std::size_t size = content.size();
  for (; size >= 0x80; size >>= 7) out += static_cast<char>((size & 0x7f) | 0x80);
  return out + static_cast<char>(size) + content;
}
std::string number_field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}
std::string floats_as_bytes(std::initializer_list<float> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(float)};
}
/// TensorProto: f32 [2, 2] of 1 to 4.
std::string tensor(const std::string& name) {
  return number_field(1, 2) + number_field(1, 2) + number_field(2, 1) + field(8, name) +
         field(9, floats_as_bytes({1, 2, 3, 4}));
}
std::string model(const std::string& graph) { return field(7, graph); }
/// A node whose attribute holds `graph`.
std::string branch(const std::string& graph) { return field(1, field(5, field(6, graph))); }

std::string reason_of(const std::string& bytes) {
  const auto weights = OnnxWeights::parse(bytes);
  return weights ? "" : weights.error().reason();
}

TEST(OnnxWeights, FindsInitializersConstantsAndWhatIsInBranches) {
  const std::string constant = field(1, field(2, "made") + field(5, field(5, tensor(""))));
  const std::string bytes =
      model(field(5, tensor("given")) + constant + branch(branch(field(5, tensor("deep")))));
  const auto weights = OnnxWeights::parse(bytes).value();
  for (const char* name : {"given", "made", "deep"})
    EXPECT_THAT(weights.floats(name, {2, 2}).value(), ElementsAre(1, 2, 3, 4)) << name;
  EXPECT_EQ(weights.all().size(), 3U);
}

TEST(OnnxWeights, ReadsPackedShapes) {
  const std::string packed =
      field(1, std::string("\x02\x01", 2)) + number_field(2, 1) + field(4, floats_as_bytes({5, 6}));
  const std::string bytes = model(field(5, packed + field(8, "w")));
  EXPECT_THAT(OnnxWeights::parse(bytes).value().floats("w", {2, 1}).value(), ElementsAre(5, 6));
}

TEST(OnnxWeights, RefusesAnotherNameShapeTypeOrSize) {
  const std::string cut =
      number_field(1, 2) + number_field(2, 1) + field(8, "cut") + field(9, floats_as_bytes({1}));
  const std::string whole =
      number_field(1, 1) + number_field(2, 7) + field(8, "whole") + field(9, floats_as_bytes({1}));
  const std::string bytes = model(field(5, tensor("w")) + field(5, cut) + field(5, whole));
  const auto weights = OnnxWeights::parse(bytes).value();
  EXPECT_EQ(weights.floats("v", {2, 2}).error().reason(), "infer.weight_mismatch");
  EXPECT_EQ(weights.floats("w", {4}).error().reason(), "infer.weight_mismatch");
  EXPECT_EQ(weights.floats("cut", {2}).error().reason(), "infer.weight_mismatch");
  EXPECT_EQ(weights.floats("whole", {1}).error().reason(), "infer.weight_mismatch");
}

TEST(OnnxWeights, RefusesWhatIsNoModel) {
  EXPECT_EQ(reason_of(""), "infer.model_unreadable");
  EXPECT_EQ(reason_of("not a model at all"), "infer.model_unreadable");
  EXPECT_EQ(reason_of(std::string(20, '\xff')), "infer.model_unreadable");
}

TEST(OnnxWeights, RefusesAModelThatIsCutAnywhere) {
  const std::string bytes = model(field(5, tensor("w")));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(reason_of(bytes.substr(0, size)), "infer.model_unreadable") << size;
}

TEST(OnnxWeights, BoundsTheDepthOfGraphs) {
  std::string graph = field(5, tensor("w"));
  for (std::size_t depth = 1; depth < OnnxWeights::kDepthMax; ++depth) graph = branch(graph);
  EXPECT_EQ(reason_of(model(graph)), "");
  EXPECT_EQ(reason_of(model(branch(graph))), "infer.model_unreadable");
}

TEST(OnnxWeights, BoundsShapes) {
  std::string dimensions;
  for (int i = 0; i < 8; ++i) dimensions += number_field(1, 1);
  const std::string rest = number_field(2, 1) + field(8, "w") + field(9, floats_as_bytes({1}));
  EXPECT_EQ(reason_of(model(field(5, dimensions + rest))), "");
  EXPECT_EQ(reason_of(model(field(5, dimensions + number_field(1, 1) + rest))),
            "infer.model_unreadable");
}

TEST(OnnxWeights, TakesAModelWithoutConstants) {
  EXPECT_TRUE(OnnxWeights::parse(doubling_model()).value().all().empty());
}

}  // namespace
}  // namespace sotto::infer
