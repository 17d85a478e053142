#include "platform/sql/value.h"

#include <cmath>

#include "base/text.h"

namespace sotto::sql {
namespace {

Error bad_value(std::size_t index, std::string_view what) {
  return Error(ErrorCode::kInvalidArgument, "sql.bad_value",
               "Value " + std::to_string(index + 1) + " cannot be stored: " + std::string(what));
}

Result<> check_size(std::size_t size, std::size_t index) {
  if (size <= kValueBytesMax) return {};
  return Error(ErrorCode::kTooLarge, "sql.value_too_large",
               "Value " + std::to_string(index + 1) + " has " + std::to_string(size) +
                   " bytes; at most " + std::to_string(kValueBytesMax) + " can be stored.");
}

}  // namespace

Result<> validate(const Value& value, std::size_t index) {
  if (const auto* text = std::get_if<std::string_view>(&value.held())) {
    SOTTO_TRY(check_size(text->size(), index));
    if (text->find('\0') != std::string_view::npos)
      return bad_value(index, "the text holds a zero byte.");
    if (!is_utf8(*text)) return bad_value(index, "the text is not UTF-8.");
  }
  if (const auto* bytes = std::get_if<Value::Blob>(&value.held()))
    SOTTO_TRY(check_size(bytes->size(), index));
  if (const auto* number = std::get_if<double>(&value.held()); number && !std::isfinite(*number))
    return bad_value(index, "the number is not finite.");
  return {};
}

}  // namespace sotto::sql
