#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace sotto {

/// The canonical codes: the only part of an error that a caller branches on. A new code needs a
/// caller that would react to it differently.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,
  kUnauthenticated,
  kPermissionDenied,
  kNotFound,
  kConflict,
  kTooLarge,
  kUnsupported,
  kPreconditionFailed,
  kQuotaExceeded,
  kInsufficientStorage,
  kCancelled,
  kInternal,
  kDataLoss,
  kOverloaded,
  kUnavailable,
  kDeadlineExceeded,
};

/// The code's stable name, as in spec/errors.json: "invalid_argument", "not_found", ...
std::string_view to_string(ErrorCode code);

/// True where the same call may succeed later. Only idempotent calls may be repeated.
bool is_retryable(ErrorCode code);

/// An expected failure, as a value.
///
/// `message` is safe to show to whoever made the call; `detail` (paths, peers, library texts) goes
/// to the log alone. `reason` is a stable slug out of spec/errors.json, "<module>.<what>".
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string_view reason, std::string message,
        std::source_location location = std::source_location::current());

  ErrorCode code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }
  const std::string& detail() const { return detail_; }
  const std::source_location& location() const { return location_; }
  /// The error that led to this one; null where there is none.
  const Error* cause() const { return cause_.get(); }

  Error&& with_detail(std::string detail) &&;
  Error&& with_cause(Error cause) &&;

  /// One line for a log: code, reason, message, detail, place and causes.
  std::string describe() const;

 private:
  ErrorCode code_;
  std::string reason_;
  std::string message_;
  std::string detail_;
  std::source_location location_;
  std::shared_ptr<const Error> cause_;  // Shared so that errors stay copyable; never mutated.
};

}  // namespace sotto
