#include "platform/runtime/system_error.h"

#include <cerrno>
#include <system_error>

namespace sotto::runtime {
namespace {

struct Kind {
  ErrorCode code;
  std::string_view reason;
};

Kind kind_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::kNotFound, "runtime.not_found"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorCode::kPermissionDenied, "runtime.permission_denied"};
    case EISDIR:
      return {ErrorCode::kInvalidArgument, "runtime.is_a_folder"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {ErrorCode::kInsufficientStorage, "runtime.disk_full"};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return {ErrorCode::kOverloaded, "runtime.out_of_resources"};
    default:
      return {ErrorCode::kUnavailable, "runtime.io_failed"};
  }
}

}  // namespace

Error system_error(int error_number, std::string_view doing, std::source_location location) {
  const Kind kind = kind_of(error_number);
  return Error(
      kind.code, kind.reason,
      "Cannot " + std::string(doing) + ": " + std::generic_category().message(error_number) + '.',
      location);
}

}  // namespace sotto::runtime
