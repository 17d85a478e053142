#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace sotto::wire {

/// The one third-party type in our public headers: a JSON value is a vocabulary of its own, and a
/// wrapper would only rename it (docs/internals/decisions/0003-json-value.md).
using Json = nlohmann::json;

/// What parse_json refuses to go beyond; each bound has its own error.
struct JsonLimits {
  std::size_t bytes_max = std::size_t{64} << 20;  ///< Of the text; a ten-hour transcript is 20 MB.
  std::size_t depth_max = 32;                     ///< Nested arrays and objects.
  std::size_t values_max = 4'000'000;             ///< Values of all kinds, keys not counted.
};

/// Parses strict JSON (RFC 8259): UTF-8, no comments, no trailing text, and no key twice in an
/// object. A byte order mark at the front is skipped; an integer beyond 64 bits becomes a double,
/// which readers of integers refuse.
///
/// Refusal happens while reading, before anything past the bound is stored, and nothing recurses.
/// Throws nothing but std::bad_alloc. Errors: "wire.json_malformed" with the byte offset,
/// "wire.json_duplicate_key", "wire.json_too_large", "wire.json_too_deep", "wire.json_too_many".
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Compact text; malformed UTF-8 in strings is replaced by U+FFFD rather than refused, and a number
/// that is not finite becomes null.
std::string to_text(const Json& json);

}  // namespace sotto::wire
