#include "platform/config/setting.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <type_traits>

#include "base/check.h"

namespace sotto::config {
namespace {

constexpr std::string_view kPrefix = "SOTTO_";
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) {
      result += "\\u00";
      result += kHexDigits[byte >> 4];
      result += kHexDigits[byte & 0xf];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  const auto [end, failure] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  SOTTO_CHECK(failure == std::errc());
  std::string text(buffer.data(), end);
  // TOML tells a whole number from an integer by its dot.
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

struct Writer {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return number_text(number); }
  std::string operator()(const std::string& text) const { return quoted(text); }
  std::string operator()(const std::vector<std::string>& texts) const {
    std::string result = "[";
    for (const std::string& text : texts) {
      if (result.size() > 1) result += ", ";
      result += quoted(text);
    }
    return result + ']';
  }
  std::string operator()(const Secret& secret) const { return secret.empty() ? "\"\"" : "\"***\""; }
};

}  // namespace

std::string_view to_string(Source::Origin origin) {
  switch (origin) {
    case Source::Origin::kDefault:
      return "default";
    case Source::Origin::kFile:
      return "file";
    case Source::Origin::kEnvironment:
      return "environment";
    case Source::Origin::kFlag:
      return "flag";
  }
  return "default";
}

std::string environment_name(const Setting& setting) {
  std::string name(kPrefix);
  for (const char c : setting.name)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

const Setting* find_setting(std::span<const Setting> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const Setting& setting) { return setting.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string to_toml(const Value& value) { return std::visit(Writer(), value); }

Value copy_of(const Value& value) {
  return std::visit(
      [](const auto& held) -> Value {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(held)>, Secret>) {
          return Secret(std::string(held.reveal()));
        } else {
          return held;
        }
      },
      value);
}

bool same_value(const Value& left, const Value& right) {
  if (left.index() != right.index()) return false;
  return std::visit(
      [&right](const auto& a) {
        const auto& b = std::get<std::remove_cvref_t<decltype(a)>>(right);
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(a)>, Secret>) {
          return a.reveal() == b.reveal();
        } else {
          return a == b;
        }
      },
      left);
}

}  // namespace sotto::config
