#pragma once

#include <string_view>

#include "base/error.h"
#include "platform/http/response.h"

namespace sotto::http {

/// The error as an RFC 9457 problem document: type, title, status, detail (the error's message),
/// code (its reason) and request_id. What is for the log alone (Error::detail) stays out of it.
/// 503 and 429 carry Retry-After.
Response problem(const Error& error, std::string_view request_id);

}  // namespace sotto::http
