#include "platform/infer/tensor.h"

#include <utility>

#include "base/check.h"
#include "platform/infer/internal/guard.h"

namespace sotto::infer {
namespace {

std::size_t product(const Shape& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    SOTTO_CHECK(size >= 0);
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

// The library refuses a null pointer even for no elements.
std::int64_t nothing = 0;

template <typename T>
Ort::Value wrap(T* values, std::size_t count, const Shape& shape) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  if (values == nullptr) values = reinterpret_cast<T*>(&nothing);
  return Ort::Value::CreateTensor<T>(memory, values, count, shape.data(), shape.size());
}

}  // namespace

std::string describe(ElementType type, const Shape& shape) {
  std::string text;
  switch (type) {
    case ElementType::kFloat32:
      text = "f32[";
      break;
    case ElementType::kInt64:
      text = "i64[";
      break;
    case ElementType::kBool:
      text = "bool[";
      break;
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] < 0 ? std::string("?") : std::to_string(shape[i]);
  }
  return text + "]";
}

Tensor::Tensor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tensor::Tensor(Tensor&&) noexcept = default;
Tensor& Tensor::operator=(Tensor&&) noexcept = default;
Tensor::~Tensor() = default;

Tensor Tensor::own(std::vector<float> values, Shape shape) {
  SOTTO_CHECK(values.size() == product(shape));
  auto impl = std::make_unique<Impl>();
  impl->floats = std::move(values);
  impl->value = wrap(impl->floats.data(), impl->floats.size(), shape);
  impl->shape = std::move(shape);
  return Tensor(std::move(impl));
}

Tensor Tensor::own(std::vector<std::int64_t> values, Shape shape) {
  SOTTO_CHECK(values.size() == product(shape));
  auto impl = std::make_unique<Impl>();
  impl->type = ElementType::kInt64;
  impl->integers = std::move(values);
  impl->value = wrap(impl->integers.data(), impl->integers.size(), shape);
  impl->shape = std::move(shape);
  return Tensor(std::move(impl));
}

Tensor Tensor::of_bool(bool value) {
  auto impl = std::make_unique<Impl>();
  impl->type = ElementType::kBool;
  impl->flag = value;
  impl->shape = {1};
  impl->value = wrap(&impl->flag, 1, impl->shape);
  return Tensor(std::move(impl));
}

Tensor Tensor::borrow(std::span<const float> values, Shape shape) {
  SOTTO_CHECK(values.size() == product(shape));
  auto impl = std::make_unique<Impl>();
  // The library takes a pointer to mutable elements for inputs too, and only reads them.
  impl->value = wrap(const_cast<float*>(values.data()),  // NOLINT(*-const-cast): see above
                     values.size(), shape);
  impl->shape = std::move(shape);
  return Tensor(std::move(impl));
}

ElementType Tensor::type() const { return impl_->type; }
const Shape& Tensor::shape() const { return impl_->shape; }
std::size_t Tensor::element_count() const { return product(impl_->shape); }

Result<std::span<const float>> Tensor::floats() const {
  if (impl_->type != ElementType::kFloat32) {
    return Error(ErrorCode::kUnsupported, "infer.tensor_type",
                 "The model gave elements that are not float32.")
        .with_detail(describe(impl_->type, impl_->shape));
  }
  return internal::guard(internal::kRunFailed, [&]() -> std::span<const float> {
    return {impl_->value.GetTensorData<float>(), element_count()};
  });
}

}  // namespace sotto::infer
