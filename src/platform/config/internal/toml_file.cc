#include "platform/config/internal/toml_file.h"

#include <algorithm>
#include <optional>
#include <utility>

// toml++ 3.3 checks itself with assert() on the way of bad input: "[" before a strange character
// ends the program, or, under NDEBUG, is undefined. Here a broken check becomes an error instead.
namespace sotto::config::internal {
namespace {

struct BrokenCheck {};

constexpr void toml_check(bool holds, std::string_view text) {
  // What follows this one handles its opposite, and says in which line.
  if (!holds && !text.starts_with("is_bare_key_character")) throw BrokenCheck();
}

}  // namespace
}  // namespace sotto::config::internal
#undef NDEBUG  // Else toml++ takes its checks for promises to the optimiser.
#define TOML_ASSERT(condition) \
  ::sotto::config::internal::toml_check(static_cast<bool>(condition), #condition)

// Compiled into this file alone: so it reports errors as values, stands under our sanitizers and
// fuzzers, and nests no deeper than we say. (The distribution's library throws, and nests to 256.)
// NOLINTBEGIN(readability-identifier-naming): the names that toml++ asks for.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_MAX_NESTED_VALUES 16
#define TOML_ENABLE_FORMATTERS 0
// NOLINTEND(readability-identifier-naming)
#include <toml++/toml.h>

#include "base/text.h"

namespace sotto::config::internal {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr int kPartsMax = 8;  // Of a dotted name; each makes a table in a table.

/// Refuses names of too many parts, which toml++ would nest without a bound, and texts of several
/// lines, which no setting needs and which would make this scanner as large as a parser.
class Scanner {
 public:
  std::optional<TomlError> scan(std::string_view text) {
    for (const char c : text) {
      if (c == '\n') ++line_;
      if (c == '\n' || (!in_comment_ && quote_ == 0)) {
        if ((c == '"' || c == '\'') && last_ == c && before_last_ == c)
          return TomlError{.message = "A text of several lines is not taken.", .line = line_};
        // TOML 1.0 has none there, and toml++ 3.3 runs into undefined behaviour at some of them.
        if (static_cast<unsigned char>(c) >= 0x80)
          return TomlError{.message = "Letters beyond ASCII belong into quotes.", .line = line_};
        step(c);
      } else if (!in_comment_) {
        quoted(c);
      }
      if (dots_ >= kPartsMax)
        return TomlError{.message = "A name has more than " + std::to_string(kPartsMax) + " parts.",
                         .line = line_};
      before_last_ = std::exchange(last_, c);
    }
    return std::nullopt;
  }

 private:
  void step(char c) {
    switch (c) {
      case '\n':  // Also ends a quote that was left open, as for toml++.
        in_comment_ = false;
        quote_ = 0;
        dots_ = 0;
        break;
      case '#':
        in_comment_ = true;
        break;
      case '"':
      case '\'':
        quote_ = c;
        escaped_ = false;
        break;
      case '.':
        ++dots_;
        break;
      case '=':
      case ',':
      case '[':
      case '{':
        dots_ = 0;
        break;
      default:
        break;
    }
  }

  void quoted(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\' && quote_ == '"') {
      escaped_ = true;
    } else if (c == quote_) {
      quote_ = 0;
    }
  }

  std::uint32_t line_ = 1;
  int dots_ = 0;
  char quote_ = 0;
  char last_ = 0;
  char before_last_ = 0;
  bool escaped_ = false;
  bool in_comment_ = false;
};

RawScalar scalar_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  if (node.is_table()) return Foreign{"a table"};
  if (node.is_array()) return Foreign{"a list"};
  return Foreign{"a date or time"};
}

/// Recursion is bounded by kPartsMax and TOML_MAX_NESTED_VALUES.
// NOLINTNEXTLINE(misc-no-recursion)
void flatten(const toml::table& table, const std::string& prefix, std::vector<FileEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    const auto line = static_cast<std::uint32_t>(key.source().begin.line);
    if (const toml::table* inner = node.as_table(); inner != nullptr && !inner->empty()) {
      flatten(*inner, name + '.', entries);
      continue;
    }
    FileEntry entry{.name = name, .value = RawScalar(), .line = line};
    if (const toml::array* array = node.as_array()) {
      std::vector<RawScalar> list;
      for (const toml::node& element : *array) list.push_back(scalar_of(element));
      entry.value = std::move(list);
    } else {
      entry.is_empty_table = node.is_table();
      entry.value = scalar_of(node);
    }
    entries.push_back(std::move(entry));
  }
}

/// "Error while parsing key: ..." as a sentence of ours.
TomlError explain(const toml::parse_error& error) {
  TomlError result{.message = printable(error.description()),
                   .line = static_cast<std::uint32_t>(error.source().begin.line)};
  result.is_duplicate = result.message.find("redefine") != std::string::npos ||
                        result.message.find("duplicate") != std::string::npos;
  std::replace(result.message.begin(), result.message.end(), '\n', ' ');
  if (!result.message.ends_with('.')) result.message += '.';
  return result;
}

}  // namespace

TomlResult parse_toml(std::string_view text) {
  if (!is_utf8(text)) {
    std::size_t good = 0;  // Whole lines, since no line feed is inside a character.
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', good)) {
      if (!is_utf8(text.substr(good, end - good))) break;
      good = end + 1;
    }
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(good), '\n');
    return TomlError{.message = "The line is not UTF-8.",
                     .line = static_cast<std::uint32_t>(line + 1)};
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto refused = Scanner().scan(text)) return std::move(*refused);
  std::vector<FileEntry> entries;
  try {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) return explain(parsed.error());
    flatten(parsed.table(), "", entries);
  } catch (const BrokenCheck&) {
    return TomlError{.message = "The text is no TOML.", .line = 1};
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const FileEntry& a, const FileEntry& b) { return a.line < b.line; });
  return entries;
}

}  // namespace sotto::config::internal
