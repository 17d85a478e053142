#pragma once

#include <string>

#include "base/result.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::sql::internal {

/// Tells a database that was closed from one whose user died: a small file "<path>-open" beside it
/// that holds a word while somebody has it open. A lock on it, which the kernel takes back from the
/// dead, tells the living apart. One thread.
class OpenMark {
 public:
  /// Marks `path` as open.
  static Result<OpenMark> set(const std::string& path);

  /// True where the mark was there and nobody alive held it.
  bool was_left() const { return was_left_; }
  /// Takes the mark away, unless others have the database open too.
  void clear();

 private:
  OpenMark(runtime::UniqueFd fd, bool was_left) : fd_(std::move(fd)), was_left_(was_left) {}

  runtime::UniqueFd fd_;
  bool was_left_;
};

}  // namespace sotto::sql::internal
