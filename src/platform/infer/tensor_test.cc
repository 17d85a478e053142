#include "platform/infer/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>

namespace sotto::infer {
namespace {

using testing::ElementsAre;

TEST(Tensor, OwnsItsValues) {
  const Tensor tensor = Tensor::own(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(tensor.type(), ElementType::kFloat32);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 3));
  EXPECT_EQ(tensor.element_count(), 6U);
  EXPECT_THAT(tensor.floats().value(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Tensor, BorrowsWithoutCopying) {
  const std::vector<float> values{7, 8};
  const Tensor tensor = Tensor::borrow(values, {2});
  EXPECT_EQ(tensor.floats().value().data(), values.data());
}

TEST(Tensor, MovesWithoutCopying) {
  Tensor tensor = Tensor::own(std::vector<float>{1, 2}, {2});
  const float* before = tensor.floats().value().data();
  const Tensor moved = std::move(tensor);
  EXPECT_EQ(moved.floats().value().data(), before);
}

TEST(Tensor, MayBeEmpty) {
  const Tensor tensor = Tensor::own(std::vector<float>{}, {0, 8, 1, 52});
  EXPECT_EQ(tensor.element_count(), 0U);
  EXPECT_TRUE(tensor.floats().value().empty());
}

TEST(Tensor, RefusesToReadIntegersAsFloats) {
  const Tensor tensor = Tensor::own(std::vector<std::int64_t>{1}, {1});
  EXPECT_EQ(tensor.floats().error().reason(), "infer.tensor_type");
}

TEST(Tensor, DescribesItself) {
  EXPECT_EQ(describe(ElementType::kFloat32, {1, -1, 416}), "f32[1, ?, 416]");
  EXPECT_EQ(describe(ElementType::kInt64, {}), "i64[]");
  EXPECT_EQ(describe(Tensor::of_bool(true).type(), {1}), "bool[1]");
}

}  // namespace
}  // namespace sotto::infer
