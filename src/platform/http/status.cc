#include "platform/http/status.h"

#include <array>
#include <utility>

namespace sotto::http {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 39> kPhrases{{
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

/// Reasons that HTTP answers more exactly than by their code.
constexpr std::array<std::pair<std::string_view, int>, 14> kByReason{{
    {"http.method_not_allowed", 405},
    {"http.header_timeout", 408},
    {"http.body_timeout", 408},
    {"http.uri_too_long", 414},
    {"http.range_not_satisfiable", 416},
    {"http.host_unknown", 421},
    {"http.idempotency_mismatch", 422},
    {"http.upgrade_required", 426},
    {"http.precondition_required", 428},
    {"http.head_too_large", 431},
    {"http.too_many_fields", 431},
    {"http.method_unknown", 501},
    {"http.transfer_coding_unknown", 501},
    {"http.version_unsupported", 505},
}};

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnsupported:
      return 415;
    case ErrorCode::kPreconditionFailed:
      return 412;
    case ErrorCode::kQuotaExceeded:
      return 429;
    case ErrorCode::kInsufficientStorage:
      return 507;
    case ErrorCode::kCancelled:
      return 499;
    case ErrorCode::kInternal:
    case ErrorCode::kDataLoss:
      return 500;
    case ErrorCode::kOverloaded:
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
  }
  return 500;
}

}  // namespace

std::string_view phrase(int status) {
  for (const auto& [code, text] : kPhrases)
    if (code == status) return text;
  return "Unknown";
}

int status_of(const Error& error) {
  for (const auto& [reason, status] : kByReason)
    if (reason == error.reason()) return status;
  return status_of(error.code());
}

}  // namespace sotto::http
