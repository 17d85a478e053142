#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "transcript/codec.h"
#include "transcript/internal/import.h"
#include "transcript/internal/unicode.h"

namespace sotto::transcript {
namespace {

using internal::Timing;

Error malformed(std::size_t line_number, std::string_view what) {
  return Error(ErrorCode::kInvalidArgument, "transcript.vtt_malformed",
               "Line " + std::to_string(line_number) + " of the WebVTT " + std::string(what) + '.');
}

struct Entity {
  std::string_view name;
  std::string_view text;
};

// The named ones of the WebVTT specification, section 6.4; quotes because writers use them too.
constexpr std::array<Entity, 8> kEntities = {{{"amp", "&"},
                                              {"lt", "<"},
                                              {"gt", ">"},
                                              {"nbsp", "\xc2\xa0"},
                                              {"lrm", "\xe2\x80\x8e"},
                                              {"rlm", "\xe2\x80\x8f"},
                                              {"quot", "\""},
                                              {"apos", "'"}}};

/// The character of "#65" or "#x41"; empty where it is none.
std::string numeric_entity(std::string_view name) {
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x') || name.starts_with('X');
  if (is_hex) name.remove_prefix(1);
  char32_t value = 0;
  constexpr std::size_t kDigitsMax = 7;  // Of U+10FFFF in decimal.
  if (name.empty() || name.size() > kDigitsMax) return {};
  for (const char c : name) {
    const bool is_digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit && !(is_hex && lower >= 'a' && lower <= 'f')) return {};
    value =
        value * (is_hex ? 16 : 10) + static_cast<char32_t>(is_digit ? c - '0' : lower - 'a' + 10);
  }
  if (value == 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  std::string text;
  internal::append_code_point(text, value);
  return text;
}

std::string unescaped(std::string_view text) {
  constexpr std::size_t kEntityMax = 10;  // Bytes between & and ; at most.
  std::string result;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('&'), text.size());
    result += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t end = text.substr(0, kEntityMax).find(';');
    const std::string_view name =
        end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
    const auto known = std::find_if(kEntities.begin(), kEntities.end(),
                                    [&](const Entity& entity) { return entity.name == name; });
    const std::string character = known != kEntities.end() ? std::string(known->text)
                                  : name.starts_with('#')  ? numeric_entity(name)
                                                           : std::string();
    // An ampersand that starts no entity is one.
    result += character.empty() ? "&" : character;
    text.remove_prefix(character.empty() ? 1 : end + 1);
  }
  return result;
}

/// Takes a cue's text apart at its tags, without holding more than one voice.
class VoiceReader {
 public:
  explicit VoiceReader(std::string_view text) : rest_(text) {}

  /// Reads what the next voice says; false at the end.
  bool next() {
    if (rest_.empty()) return false;
    name_ = std::exchange(next_name_, {});
    text_.clear();
    while (!rest_.empty()) {
      const std::size_t plain = std::min(rest_.find('<'), rest_.size());
      text_ += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (rest_.empty()) break;
      const std::size_t end = std::min(rest_.find('>'), rest_.size());
      const std::string_view tag = rest_.substr(1, end - 1);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (tag == "/v") break;
      if (tag.starts_with("v ") || tag.starts_with("v\t") || tag.starts_with("v.")) {
        // "v.loud.first Name": classes up to the first space.
        const std::size_t space = std::min(tag.find_first_of(" \t\r\n"), tag.size());
        next_name_ = internal::one_line(unescaped(tag.substr(space)));
        break;
      }
    }
    return true;
  }

  const std::string& name() const { return name_; }
  /// Still with entities and line breaks.
  const std::string& text() const { return text_; }

 private:
  std::string_view rest_;
  std::string name_;
  std::string next_name_;
  std::string text_;
};

class VttReader {
 public:
  VttReader(std::string_view text, const ImportLimits& limits)
      : text_(text), lines_(text), importer_(limits) {}

  Result<Transcript> read() {
    const auto signature = lines_.next();
    if (!signature || !(*signature == "WEBVTT" || signature->starts_with("WEBVTT ") ||
                        signature->starts_with("WEBVTT\t")))
      return malformed(1, "must be WEBVTT");
    skip_block();
    for (;;) {
      const auto line = lines_.next();
      if (!line) break;
      if (!internal::is_blank(*line)) SOTTO_TRY(read_block(*line));
    }
    return std::move(importer_).finish();
  }

 private:
  static bool is_timing(std::string_view line) {
    return line.find("-->") != std::string_view::npos;
  }

  /// Up to a blank line; a timing line ends a header too (specification, section 6.1).
  void skip_block() {
    for (auto next = lines_.peek(); next && !internal::is_blank(*next) && !is_timing(*next);
         next = lines_.peek())
      static_cast<void>(lines_.next());
  }

  Result<> read_block(std::string_view line) {
    if (!is_timing(line)) {
      for (const std::string_view kind : {"NOTE", "STYLE", "REGION"}) {
        if (line == kind ||
            (line.starts_with(kind) && (line[kind.size()] == ' ' || line[kind.size()] == '\t'))) {
          skip_block();
          return {};
        }
      }
      // The identifier of a cue: its timing is on the next line.
      const auto next = lines_.next();
      if (!next || !is_timing(*next)) return malformed(lines_.number(), kWanted);
      line = *next;
    }
    const auto timing = internal::parse_timing(line);
    if (!timing) return malformed(lines_.number(), kWanted);
    if (timing->end_ms < timing->start_ms)
      return malformed(lines_.number(), "ends before it starts");
    return read_text(*timing);
  }

  Result<> read_text(const Timing& timing) {
    const std::size_t start = lines_.offset();
    for (auto next = lines_.peek();
         next && !internal::is_blank(*next) && !internal::parse_timing(*next); next = lines_.peek())
      static_cast<void>(lines_.next());
    VoiceReader voices(text_.substr(start, lines_.offset() - start));
    while (voices.next()) {
      std::string text = internal::unwrap(unescaped(voices.text()));
      if (text.empty()) continue;
      SOTTO_TRY(importer_.add(timing, std::move(text), importer_.speaker_id(voices.name())));
    }
    return {};
  }

  static constexpr std::string_view kWanted =
      "must be a timing such as 00:00:01.000 --> 00:00:02.500";

  std::string_view text_;
  internal::LineReader lines_;
  internal::Importer importer_;
};

}  // namespace

Result<Transcript> decode_vtt(std::string_view text, const ImportLimits& limits) {
  SOTTO_ASSIGN(const std::string_view checked, internal::check_import(text, limits));
  return VttReader(checked, limits).read();
}

}  // namespace sotto::transcript
