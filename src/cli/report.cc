#include "cli/report.h"

#include <string>
#include <unistd.h>

#include "base/text.h"
#include "platform/runtime/file.h"

namespace sotto::cli {
namespace {

void print_line(std::string_view subject, std::string_view text, std::string_view reason) {
  std::string line = "sotto: ";
  if (!subject.empty()) line += printable(subject) + ": ";
  line += printable(text);
  line += " (";
  line += reason;
  line += ")\n";
  // Where standard error itself is gone there is nobody left to tell.
  static_cast<void>(runtime::write_all(STDERR_FILENO, line, "report"));
}

}  // namespace

void report(std::string_view subject, const Error& error) {
  print_line(subject, error.message(), error.reason());
}

void report_warning(std::string_view subject, std::string_view message, std::string_view reason) {
  print_line(subject, "warning: " + std::string(message), reason);
}

int exit_status(const Error& error) {
  if (error.code() == ErrorCode::kCancelled) return kExitInterrupted;
  const bool usage = error.reason() == "cli.usage" || error.reason() == "models.unknown" ||
                     error.reason() == "models.wrong_kind" ||
                     error.reason() == "transcript.unknown_format" ||
                     error.reason() == "transcript.options_invalid";
  return usage ? kExitUsage : kExitFailed;
}

}  // namespace sotto::cli
