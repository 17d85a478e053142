#pragma once

#include <string_view>

#include "base/error.h"

namespace sotto::http {

/// The phrase of a status code (RFC 9110 §15); "Unknown" for one that Sotto never sends.
std::string_view phrase(int status);

/// The one place where an error becomes an HTTP status: by its code, and for the reasons of this
/// module that HTTP has a status of their own for (405, 408, 414, 416, 421, 422, 426, 431, 501,
/// 505), by reason.
int status_of(const Error& error);

}  // namespace sotto::http
