#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::http {

/// The methods that a route can have. CONNECT and TRACE are refused like any unknown one.
enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };

/// "GET", "HEAD", ...
std::string_view to_string(Method method);
/// Case-sensitive, as RFC 9110 §9.1 has it.
std::optional<Method> parse_method(std::string_view text);

/// One header field as it came: views into the bytes of the message. No surrounding white space.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// ASCII letters alone, as field names and most tokens compare.
bool equals_ignoring_case(std::string_view left, std::string_view right);

/// The first field of that name; nothing where there is none.
std::optional<std::string_view> find_field(const std::vector<Field>& fields, std::string_view name);

/// Calls `visit` for each element of a comma-separated list (RFC 9110 §5.6.1), trimmed, empty ones
/// left out. Quoted strings are not looked into: for lists of tokens only.
template <typename Visit>
void for_each_token(std::string_view list, Visit visit);

/// `text` without spaces and tabs around it.
std::string_view trim(std::string_view text);

/// A token of RFC 9110 §5.6.2: at least one character, none of the separators.
bool is_token(std::string_view text);

template <typename Visit>
void for_each_token(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const std::string_view token = trim(list.substr(0, comma)); !token.empty()) visit(token);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace sotto::http
