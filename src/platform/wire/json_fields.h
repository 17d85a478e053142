#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/wire/json.h"

namespace sotto::wire {

/// Reads the fields of a JSON object with their types, so that a document from outside is refused
/// with the place and the rule instead of being guessed at: "segments[3].start_ms must be ...".
///
/// A view: the Json must outlive it. A field that is null counts as missing. Fields that nobody
/// asks for are not looked at. Every error is kInvalidArgument, "wire.json_field_invalid".
class JsonFields {
 public:
  /// `path` names the object in messages; empty for the document itself.
  static Result<JsonFields> of(const Json& json, std::string path = {});

  Result<std::string> text(std::string_view key) const;
  Result<std::string> text_or(std::string_view key, std::string_view fallback) const;
  Result<std::optional<std::string>> optional_text(std::string_view key) const;

  /// `least` and `most` are included.
  Result<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) const;
  Result<std::optional<std::int64_t>> optional_integer(std::string_view key, std::int64_t least,
                                                       std::int64_t most) const;
  Result<std::uint64_t> unsigned_integer(std::string_view key) const;
  Result<std::optional<double>> optional_number(std::string_view key) const;
  Result<bool> flag_or(std::string_view key, bool fallback) const;

  Result<const Json*> array(std::string_view key) const;
  /// Null where it is missing.
  Result<const Json*> optional_array(std::string_view key) const;
  /// Null where it is missing.
  Result<const Json*> optional_object(std::string_view key) const;

  /// "segments[3].start_ms", for messages about a field of this object.
  std::string path_of(std::string_view key) const;

 private:
  JsonFields(const Json& json, std::string path) : json_(&json), path_(std::move(path)) {}

  /// The field, or null where it is missing or null.
  const Json* find(std::string_view key) const;
  Error refuse(std::string_view key, std::string_view rule) const;

  const Json* json_;
  std::string path_;
};

}  // namespace sotto::wire
