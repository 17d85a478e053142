#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace sotto::http::internal {

/// Bytes that were received and not yet used. Grows up to what it is asked for, and gives its
/// memory back when empty: thousands of idle connections must cost next to nothing.
class ReadBuffer {
 public:
  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void commit(std::size_t count) { end_ += count; }

  /// Room for at least one byte more, where fewer than `size_max` are held; moves and grows.
  std::span<char> room(std::size_t size_max) {
    if (end_ == capacity_) {
      if (begin_ > 0) {
        std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
      } else {
        grow(std::min(size_max, std::max(kSmallest, capacity_ * 2)));
      }
    }
    return {data_.get() + end_, capacity_ - end_};
  }

  /// Frees the memory of an empty buffer.
  void release() {
    if (!empty()) return;
    data_.reset();
    capacity_ = begin_ = end_ = 0;
  }

 private:
  static constexpr std::size_t kSmallest = 4096;

  void grow(std::size_t capacity) {
    if (capacity <= capacity_) return;
    std::unique_ptr<char[]> larger(new char[capacity]);  // NOLINT: left unset on purpose.
    if (end_ > 0) std::memcpy(larger.get(), data_.get(), end_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]>
      data_;  // NOLINT(modernize-avoid-c-arrays): a vector would set every byte.
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sotto::http::internal
