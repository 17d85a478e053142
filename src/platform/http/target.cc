#include "platform/http/target.h"

#include <algorithm>

#include "base/text.h"

namespace sotto::http {
namespace {

Error bad_path(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_path", std::move(message));
}
Error bad_query(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_query", std::move(message));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<std::string> decode_segment(std::string_view raw) {
  auto text = percent_decode(raw);
  if (!text) return bad_path("The path holds a '%' that two hexadecimal digits do not follow.");
  if (text->empty() || *text == "." || *text == "..")
    return bad_path("The path holds an empty, '.' or '..' segment.");
  if (text->find_first_of("/\\") != std::string::npos || has_control(*text) || !is_utf8(*text))
    return bad_path("The path holds slashes or control characters in disguise, or is not UTF-8.");
  return std::move(*text);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

Result<Target> Target::parse(std::string_view text) {
  Target target;
  const auto mark = text.find('?');
  target.path_ = text.substr(0, mark);
  if (mark != std::string_view::npos) target.query_ = text.substr(mark + 1);

  if (!target.path_.starts_with('/')) return bad_path("The path must begin with '/'.");
  std::string_view rest = target.path_.substr(1);
  while (!rest.empty()) {
    if (target.segments_.size() == kSegmentsMax)
      return bad_path("The path has more than " + std::to_string(kSegmentsMax) + " segments.");
    const auto slash = rest.find('/');
    SOTTO_ASSIGN(std::string segment, decode_segment(rest.substr(0, slash)));
    target.segments_.push_back(std::move(segment));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
    if (rest.empty()) return bad_path("The path ends in '/'; leave it out.");
  }

  rest = target.query_;
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value))
      return bad_query("The query must be percent-encoded UTF-8.");
    if (target.parameters_.size() == kParametersMax)
      return bad_query("The query has more than " + std::to_string(kParametersMax) +
                       " parameters.");
    if (!pair.empty()) target.parameters_.emplace_back(std::move(*name), std::move(*value));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return target;
}

Result<std::optional<std::string_view>> Target::parameter(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : parameters_) {
    if (key != name) continue;
    if (found) return bad_query("The query parameter " + printable(name) + " is given twice.");
    found = value;
  }
  return found;
}

}  // namespace sotto::http
