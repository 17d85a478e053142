#include "platform/config/internal/parse_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/text.h"

namespace sotto::config::internal {
namespace {

constexpr std::size_t kTextMax = 4096;  // Bytes of one text.
constexpr std::size_t kListMax = 1024;  // Texts of one list.
constexpr std::size_t kShownMax = 100;  // Bytes of a refused value in a message.

std::string begin_of(const Setting& setting) { return std::string(setting.name) + " must be "; }

std::string shown(const Setting& setting, std::string_view text) {
  if (setting.secret) return "";
  std::string cut(text.substr(0, kShownMax));
  if (text.size() > kShownMax) cut += "...";
  return ", not \"" + printable(cut) + '"';
}

std::string plain_number(double number) {
  return number == std::floor(number) && std::abs(number) < 1e15
             ? std::to_string(static_cast<std::int64_t>(number))
             : to_toml(Value(number));
}

std::string wanted(const Setting& setting) {
  const std::string bounds =
      "from " + plain_number(setting.least) + " to " + plain_number(setting.most);
  switch (setting.kind) {
    case Kind::kFlag:
      return "true or false";
    case Kind::kInteger:
      return "a whole number " + bounds;
    case Kind::kNumber:
      return "a number " + bounds;
    case Kind::kText:
    case Kind::kChoice:
      return "a text in quotes";
    case Kind::kTextList:
      return R"(a list of texts such as ["one", "two"])";
  }
  return "something else";
}

Error wrong_type(const Setting& setting, std::string_view got) {
  return Error(ErrorCode::kInvalidArgument, "config.wrong_type",
               begin_of(setting) + wanted(setting) + ", not " + std::string(got) + '.');
}

Error unreadable(const Setting& setting, std::string_view text) {
  return Error(ErrorCode::kInvalidArgument, "config.wrong_type",
               begin_of(setting) + wanted(setting) + shown(setting, text) + '.');
}

Error out_of_bounds(const Setting& setting, std::string_view text) {
  return Error(ErrorCode::kInvalidArgument, "config.out_of_bounds",
               begin_of(setting) + wanted(setting) + shown(setting, text) + '.');
}

Error bad_value(const Setting& setting, const std::string& rule, std::string_view text) {
  return Error(ErrorCode::kInvalidArgument, "config.bad_value",
               std::string(setting.name) + ' ' + rule + shown(setting, text) + '.');
}

bool in_bounds(const Setting& setting, double number) {
  return number >= setting.least && number <= setting.most;
}

Result<Value> checked_integer(const Setting& setting, std::int64_t number) {
  if (!in_bounds(setting, static_cast<double>(number)))
    return out_of_bounds(setting, std::to_string(number));
  return Value(number);
}

Result<Value> checked_number(const Setting& setting, double number) {
  if (!in_bounds(setting, number)) return out_of_bounds(setting, to_toml(Value(number)));
  return Value(number);
}

Result<> checked_text(const Setting& setting, std::string_view text) {
  if (text.size() > kTextMax)
    return bad_value(setting, "must have at most " + std::to_string(kTextMax) + " bytes", text);
  if (printable(text) != text || text.find_first_of("\n\t") != std::string_view::npos)
    return bad_value(setting, "must be UTF-8 without control characters", text);
  if (setting.check == nullptr) return {};
  if (const auto good = setting.check(text); !good)
    return bad_value(setting, good.error().message(), text);
  return {};
}

Result<Value> checked_choice(const Setting& setting, std::string_view text) {
  const auto& choices = setting.choices;
  if (std::find(choices.begin(), choices.end(), text) != choices.end())
    return Value(std::string(text));
  std::string rule = "must be ";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) rule += i + 1 == choices.size() ? " or " : ", ";
    rule += choices[i];
  }
  const auto near = closest_match(text, choices);
  Error error = bad_value(setting, rule, text);
  if (!near) return error;
  std::string message = error.message();
  message.back() = ';';
  return Error(ErrorCode::kInvalidArgument, "config.bad_value",
               message + " did you mean \"" + std::string(*near) + "\"?");
}

Result<Value> checked_list(const Setting& setting, std::vector<std::string> texts) {
  if (texts.size() > kListMax)
    return Error(ErrorCode::kInvalidArgument, "config.out_of_bounds",
                 std::string(setting.name) + " must have at most " + std::to_string(kListMax) +
                     " entries, not " + std::to_string(texts.size()) + '.');
  for (const std::string& text : texts) {
    if (text.empty()) return bad_value(setting, "must have no empty entry", text);
    SOTTO_TRY(checked_text(setting, text));
  }
  return Value(std::move(texts));
}

Result<Value> checked(const Setting& setting, std::string text) {
  if (setting.kind == Kind::kChoice) return checked_choice(setting, text);
  SOTTO_TRY(checked_text(setting, text));
  if (setting.secret) return Value(Secret(std::move(text)));
  return Value(std::move(text));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  if (trimmed(text).empty()) return parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

/// Nothing where `text` is not wholly a number; `overflow` where it is one beyond the type.
template <typename Number>
std::optional<Number> whole_number(std::string_view text, bool& overflow) {
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  overflow = failure == std::errc::result_out_of_range && end == text.data() + text.size();
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view kind_of(const RawScalar& raw) {
  switch (raw.index()) {
    case 0:
      return "true or false";
    case 1:
      return "a whole number";
    case 2:
      return "a number with a fraction";
    case 3:
      return "a text";
    default:
      return std::get<Foreign>(raw).what;
  }
}

Result<Value> parse_list(const Setting& setting, const std::vector<RawScalar>& list) {
  std::vector<std::string> texts;
  for (const RawScalar& element : list) {
    const auto* text = std::get_if<std::string>(&element);
    if (text == nullptr)
      return wrong_type(setting, "one with " + std::string(kind_of(element)) + " in it");
    texts.push_back(*text);
  }
  return checked_list(setting, std::move(texts));
}

}  // namespace

Result<Value> parse_text(const Setting& setting, std::string_view text) {
  bool overflow = false;
  switch (setting.kind) {
    case Kind::kFlag:
      if (text == "true") return Value(true);
      if (text == "false") return Value(false);
      return unreadable(setting, text);
    case Kind::kInteger: {
      const auto number = whole_number<std::int64_t>(text, overflow);
      if (overflow) return out_of_bounds(setting, text);
      if (!number) return unreadable(setting, text);
      return checked_integer(setting, *number);
    }
    case Kind::kNumber: {
      const auto number = whole_number<double>(text, overflow);
      if (overflow) return out_of_bounds(setting, text);
      if (!number) return unreadable(setting, text);
      return checked_number(setting, *number);
    }
    case Kind::kText:
    case Kind::kChoice:
      return checked(setting, std::string(text));
    case Kind::kTextList:
      return checked_list(setting, split(text));
  }
  return unreadable(setting, text);
}

Result<Value> parse_raw(const Setting& setting, const Raw& raw) {
  if (const auto* list = std::get_if<std::vector<RawScalar>>(&raw)) {
    if (setting.kind != Kind::kTextList) return wrong_type(setting, "a list");
    return parse_list(setting, *list);
  }
  const auto& scalar = std::get<RawScalar>(raw);
  const bool is_text = setting.kind == Kind::kText || setting.kind == Kind::kChoice;
  if (const auto* flag = std::get_if<bool>(&scalar); flag != nullptr && setting.kind == Kind::kFlag)
    return Value(*flag);
  if (const auto* text = std::get_if<std::string>(&scalar); text != nullptr && is_text)
    return checked(setting, *text);
  if (const auto* number = std::get_if<std::int64_t>(&scalar)) {
    if (setting.kind == Kind::kInteger) return checked_integer(setting, *number);
    if (setting.kind == Kind::kNumber) return checked_number(setting, static_cast<double>(*number));
  }
  if (const auto* number = std::get_if<double>(&scalar);
      number != nullptr && setting.kind == Kind::kNumber)
    return checked_number(setting, *number);
  return wrong_type(setting, kind_of(scalar));
}

}  // namespace sotto::config::internal
