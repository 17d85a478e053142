#include "platform/wire/json.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"

namespace sotto::wire {
namespace {

// The library quotes the last token, which may be the whole text.
constexpr std::size_t kDetailMax = 400;
constexpr std::size_t kKeyShownMax = 60;  // Bytes of an outside key in a message: one line of it.

/// Builds the value while nlohmann's iterative parser reads, and stops it at the first bound.
///
/// nlohmann's own builder takes the last of two equal keys and knows no bounds; checking afterwards
/// would come after the memory was spent.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(Json()) != nullptr; }
  bool boolean(bool value) override { return add(Json(value)) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(Json(value)) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(Json(value)) != nullptr; }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return add(Json(value)) != nullptr;
  }
  bool string(string_t& value) override { return add(Json(std::move(value))) != nullptr; }
  bool binary(binary_t& /*value*/) override {
    return refuse("wire.json_malformed", "JSON has no binary values.");
  }

  bool start_object(std::size_t /*elements*/) override { return open(Json::value_t::object); }
  bool start_array(std::size_t /*elements*/) override { return open(Json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto& members = open_.back()->get_ref<Json::object_t&>();
    const auto [member, is_new] = members.try_emplace(std::move(name), nullptr);
    if (!is_new) {
      return refuse("wire.json_duplicate_key",
                    "The JSON has the key \"" + printable(member->first.substr(0, kKeyShownMax)) +
                        "\" twice in one object; each key may stand there once.");
    }
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    error_ =
        Error(ErrorCode::kInvalidArgument, "wire.json_malformed",
              "The text is not JSON: unexpected input at byte " + std::to_string(position) + '.')
            .with_detail(printable(std::string_view(error.what()).substr(0, kDetailMax)));
    return false;
  }

  Json take_value() { return std::move(root_); }
  Error take_error() {
    SOTTO_CHECK(error_.has_value());
    return std::move(*error_);
  }

 private:
  bool refuse(std::string_view reason, std::string message,
              ErrorCode code = ErrorCode::kInvalidArgument) {
    error_ = Error(code, reason, std::move(message));
    return false;
  }

  /// Puts the value in its place; null where that would be one too many.
  Json* add(Json&& value) {
    if (values_count_ == limits_.values_max) {
      refuse("wire.json_too_many",
             "The JSON holds more than " + std::to_string(limits_.values_max) + " values.",
             ErrorCode::kTooLarge);
      return nullptr;
    }
    ++values_count_;
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& items = open_.back()->get_ref<Json::array_t&>();
      items.push_back(std::move(value));
      return &items.back();
    }
    *member_ = std::move(value);
    return member_;
  }

  bool open(Json::value_t kind) {
    if (open_.size() >= limits_.depth_max) {
      return refuse("wire.json_too_deep",
                    "The JSON nests deeper than " + std::to_string(limits_.depth_max) + " levels.",
                    ErrorCode::kTooLarge);
    }
    Json* const value = add(Json(kind));
    if (value == nullptr) return false;
    open_.push_back(value);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  // The arrays and objects around the next value. A parent never grows while a child is open, so
  // the pointers stay good.
  std::vector<Json*> open_;
  Json* member_ = nullptr;  // Where the value of the last key goes.
  std::size_t values_count_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return Error(ErrorCode::kTooLarge, "wire.json_too_large",
                 "The JSON is " + std::to_string(text.size()) + " bytes long; at most " +
                     std::to_string(limits.bytes_max) + " are read.");
  }
  Builder builder(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return builder.take_error();
  return builder.take_value();
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sotto::wire
