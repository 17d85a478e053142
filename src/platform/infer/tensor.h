#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace sotto::infer {

/// The element types that our models use.
enum class ElementType : std::uint8_t { kFloat32, kInt64, kBool };

/// Sizes of the dimensions, outermost first. Empty is a scalar.
using Shape = std::vector<std::int64_t>;

/// "f32[1, 8, 3, 52]", for messages.
std::string describe(ElementType type, const Shape& shape);

/// A dense array that goes into a Session or came out of one.
///
/// Owns its memory, or borrows the caller's (`borrow`: the memory must outlive the tensor, and
/// nobody may write to it while a run reads it). Move-only, and moving never copies elements: what
/// one run put out can be fed to the next. Not thread-safe; a const tensor may be read by several
/// threads.
class Tensor {
 public:
  /// Takes the values over. The count of values must be the product of the shape (a bug otherwise).
  static Tensor own(std::vector<float> values, Shape shape);
  static Tensor own(std::vector<std::int64_t> values, Shape shape);
  static Tensor of_bool(bool value);
  /// Reads the caller's memory in place.
  static Tensor borrow(std::span<const float> values, Shape shape);

  Tensor(Tensor&&) noexcept;
  Tensor& operator=(Tensor&&) noexcept;
  ~Tensor();

  ElementType type() const;
  const Shape& shape() const;
  /// Product of the shape.
  std::size_t element_count() const;

  /// The elements; "infer.tensor_type" where they are of another type. What a model file puts out
  /// is outside input, hence an error and not a check.
  Result<std::span<const float>> floats() const;

 private:
  friend class Session;
  struct Impl;
  explicit Tensor(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace sotto::infer
