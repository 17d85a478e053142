#include "base/error.h"

#include <utility>

#include "base/check.h"

namespace sotto {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kPermissionDenied:
      return "permission_denied";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kPreconditionFailed:
      return "precondition_failed";
    case ErrorCode::kQuotaExceeded:
      return "quota_exceeded";
    case ErrorCode::kInsufficientStorage:
      return "insufficient_storage";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kDataLoss:
      return "data_loss";
    case ErrorCode::kOverloaded:
      return "overloaded";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDeadlineExceeded:
      return "deadline_exceeded";
  }
  SOTTO_CHECK(false);
}

bool is_retryable(ErrorCode code) {
  return code == ErrorCode::kOverloaded || code == ErrorCode::kUnavailable ||
         code == ErrorCode::kDeadlineExceeded;
}

Error::Error(ErrorCode code, std::string_view reason, std::string message,
             std::source_location location)
    : code_(code), reason_(reason), message_(std::move(message)), location_(location) {}

Error&& Error::with_detail(std::string detail) && {
  detail_ = std::move(detail);
  return std::move(*this);
}

Error&& Error::with_cause(Error cause) && {
  cause_ = std::make_shared<const Error>(std::move(cause));
  return std::move(*this);
}

std::string Error::describe() const {
  std::string line;
  for (const Error* error = this; error != nullptr; error = error->cause()) {
    if (error != this) line += "; because ";
    line += to_string(error->code_);
    line += ' ' + error->reason_ + ": " + error->message_;
    if (!error->detail_.empty()) line += " [" + error->detail_ + ']';
    line += " (";
    line += error->location_.file_name();
    line += ':' + std::to_string(error->location_.line()) + ')';
  }
  return line;
}

}  // namespace sotto
