#include "cli/output.h"

#include <cerrno>
#include <fcntl.h>
#include <set>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::cli {
namespace {

Error usage(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "cli.usage", std::move(message));
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

std::string file_name(const std::string& input, transcript::Format format) {
  std::filesystem::path name = input == "-" ? "stdin" : std::filesystem::path(input).filename();
  name.replace_extension(std::string(to_string(format)));
  return name.native();
}

Result<std::vector<Target>> plan_files(const std::vector<std::string>& inputs,
                                       const std::filesystem::path& folder,
                                       transcript::Format format) {
  std::vector<Target> targets;
  std::set<std::string> names;
  for (const std::string& input : inputs) {
    const std::string name = file_name(input, format);
    if (!names.insert(name).second)
      return usage("Two recordings would both become " + printable((folder / name).native()) +
                   ": give them folders of their own.");
    targets.emplace_back(folder / name);
  }
  return targets;
}

/// A result that replaced its own source would lose the recording.
Result<> refuse_overwriting(const std::vector<std::string>& inputs,
                            const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    for (const std::string& input : inputs) {
      std::error_code ignored;
      if (input != "-" && target && std::filesystem::equivalent(input, *target, ignored))
        return usage("The text would replace the recording " + printable(input) +
                     ": choose another -o.");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Target>> plan_targets(const std::vector<std::string>& inputs,
                                         const std::string& output, transcript::Format format) {
  if (output == "-") {
    const bool can_follow =
        format == transcript::Format::kTxt || format == transcript::Format::kJson;
    if (inputs.size() > 1 && !can_follow)
      return usage("Several recordings as " + std::string(to_string(format)) +
                   " need a folder: -o FOLDER/.");
    return std::vector<Target>(inputs.size());
  }
  std::vector<Target> targets;
  if (is_folder(output)) {
    SOTTO_ASSIGN(targets, plan_files(inputs, output, format));
  } else if (output.ends_with('/')) {
    return Error(ErrorCode::kNotFound, "runtime.not_found",
                 "The folder " + printable(output) + " does not exist.");
  } else if (inputs.size() > 1) {
    return usage("Several recordings need a folder that exists: " + printable(output) +
                 " is none.");
  } else {
    targets.emplace_back(output);
  }
  SOTTO_TRY(refuse_overwriting(inputs, targets));
  return targets;
}

Result<TextOutput> TextOutput::open(const Target& target) {
  if (!target) return TextOutput("standard output");
  TextOutput output(printable(target->native()));
  std::error_code failure;
  switch (std::filesystem::status(*target, failure).type()) {
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::fifo:
      // Written to and never replaced: for root that would be the end of /dev/null.
      output.stream_ = runtime::UniqueFd(::open(target->c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
      if (!output.stream_) return runtime::system_error(errno, "write to " + output.name_);
      return output;
    case std::filesystem::file_type::block:
    case std::filesystem::file_type::socket:
      return Error(ErrorCode::kInvalidArgument, "runtime.not_a_file",
                   output.name_ + " is a disk or a socket; name a file, a folder or -.");
    default:
      // A link is replaced and not followed: in a shared folder somebody else may have laid it.
      SOTTO_ASSIGN(output.file_, runtime::AtomicFile::create(*target));
      return output;
  }
}

Result<> TextOutput::write(std::string_view text) {
  if (file_) return file_->write(text);
  return runtime::write_all(stream_ ? stream_.get() : STDOUT_FILENO, text, "write to " + name_);
}

Result<> TextOutput::commit() {
  if (!file_) return {};
  return file_->commit();
}

}  // namespace sotto::cli
