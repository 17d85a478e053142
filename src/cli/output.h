#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/runtime/atomic_file.h"
#include "platform/runtime/unique_fd.h"
#include "transcript/codec.h"

namespace sotto::cli {

/// Where the text of one input goes: a file, or standard output where there is none.
using Target = std::optional<std::filesystem::path>;

/// Decides the target of every input before any work starts.
///
/// "-" is standard output, where only txt and json of several inputs can follow each other. An
/// existing folder, or a name that ends in "/", takes a file an input, named after it. Anything
/// else is the file of a single input. Errors ("cli.usage") say which rule is broken; a missing
/// folder is "runtime.not_found".
Result<std::vector<Target>> plan_targets(const std::vector<std::string>& inputs,
                                         const std::string& output, transcript::Format format);

/// Takes the text of one input. A file appears whole at commit() or, dropped before, not at all; it
/// replaces a link and leaves alone what that leads to. Standard output, a character device and a
/// FIFO have what was written; a disk and a socket are "runtime.not_a_file".
class TextOutput {
 public:
  static Result<TextOutput> open(const Target& target);

  Result<> write(std::string_view text);
  Result<> commit();

 private:
  explicit TextOutput(std::string name) : name_(std::move(name)) {}

  std::string name_;  // For errors.
  std::unique_ptr<runtime::AtomicFile> file_;
  runtime::UniqueFd stream_;  // A device or a FIFO; with neither it is standard output.
};

}  // namespace sotto::cli
