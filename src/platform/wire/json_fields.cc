#include "platform/wire/json_fields.h"

#include <utility>

namespace sotto::wire {
namespace {

Error invalid(const std::string& what, std::string_view rule) {
  return Error(ErrorCode::kInvalidArgument, "wire.json_field_invalid",
               what + ' ' + std::string(rule) + '.');
}

std::string integer_rule(std::int64_t least, std::int64_t most) {
  return "must be an integer from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

Result<JsonFields> JsonFields::of(const Json& json, std::string path) {
  if (!json.is_object())
    return invalid(path.empty() ? "The JSON document" : path, "must be an object");
  return JsonFields(json, std::move(path));
}

std::string JsonFields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

const Json* JsonFields::find(std::string_view key) const {
  const auto field = json_->find(key);
  return field == json_->end() || field->is_null() ? nullptr : &*field;
}

Error JsonFields::refuse(std::string_view key, std::string_view rule) const {
  return invalid(path_of(key), rule);
}

Result<std::optional<std::string>> JsonFields::optional_text(std::string_view key) const {
  const Json* const field = find(key);
  if (field == nullptr) return std::optional<std::string>();
  if (!field->is_string()) return refuse(key, "must be a string");
  return std::optional<std::string>(field->get_ref<const std::string&>());
}

Result<std::string> JsonFields::text(std::string_view key) const {
  SOTTO_ASSIGN(auto found, optional_text(key));
  if (!found) return refuse(key, "is missing: it must be a string");
  return *std::move(found);
}

Result<std::string> JsonFields::text_or(std::string_view key, std::string_view fallback) const {
  SOTTO_ASSIGN(auto found, optional_text(key));
  return found ? *std::move(found) : std::string(fallback);
}

Result<std::optional<std::int64_t>> JsonFields::optional_integer(std::string_view key,
                                                                 std::int64_t least,
                                                                 std::int64_t most) const {
  const Json* const field = find(key);
  if (field == nullptr) return std::optional<std::int64_t>();
  if (!field->is_number_integer()) return refuse(key, integer_rule(least, most));
  // Every integer that is not negative parses as unsigned; above int64 it must not wrap.
  const bool is_representable =
      !field->is_number_unsigned() || std::in_range<std::int64_t>(field->get<std::uint64_t>());
  const std::int64_t value = is_representable ? field->get<std::int64_t>() : 0;
  if (!is_representable || value < least || value > most)
    return refuse(key, integer_rule(least, most));
  return std::optional<std::int64_t>(value);
}

Result<std::int64_t> JsonFields::integer(std::string_view key, std::int64_t least,
                                         std::int64_t most) const {
  SOTTO_ASSIGN(const auto found, optional_integer(key, least, most));
  if (!found) return refuse(key, "is missing: it " + integer_rule(least, most));
  return *found;
}

Result<std::uint64_t> JsonFields::unsigned_integer(std::string_view key) const {
  const Json* const field = find(key);
  if (field == nullptr || !field->is_number_unsigned())
    return refuse(key, "must be an integer of 0 or more");
  return field->get<std::uint64_t>();
}

Result<std::optional<double>> JsonFields::optional_number(std::string_view key) const {
  const Json* const field = find(key);
  if (field == nullptr) return std::optional<double>();
  if (!field->is_number()) return refuse(key, "must be a number");
  return std::optional<double>(field->get<double>());
}

Result<bool> JsonFields::flag_or(std::string_view key, bool fallback) const {
  const Json* const field = find(key);
  if (field == nullptr) return fallback;
  if (!field->is_boolean()) return refuse(key, "must be true or false");
  return field->get<bool>();
}

Result<const Json*> JsonFields::array(std::string_view key) const {
  const Json* const field = find(key);
  if (field == nullptr || !field->is_array()) return refuse(key, "must be an array");
  return field;
}

Result<const Json*> JsonFields::optional_array(std::string_view key) const {
  const Json* const field = find(key);
  if (field != nullptr && !field->is_array()) return refuse(key, "must be an array");
  return field;
}

Result<const Json*> JsonFields::optional_object(std::string_view key) const {
  const Json* const field = find(key);
  if (field != nullptr && !field->is_object()) return refuse(key, "must be an object");
  return field;
}

}  // namespace sotto::wire
