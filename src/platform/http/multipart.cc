#include "platform/http/multipart.h"

#include <algorithm>

#include "base/text.h"
#include "platform/http/types.h"

namespace sotto::http {
namespace {

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046 §5.1.1.
constexpr std::size_t kLineEnd = 2;       // Bytes of the delimiter's CR LF.
constexpr std::string_view kBoundarySymbols = "'()+_,-./:=? ";

Error bad_multipart(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_multipart", std::move(message));
}
Error too_large(std::string message) {
  return Error(ErrorCode::kTooLarge, "http.multipart_too_large", std::move(message));
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kBoundaryMax && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  kBoundarySymbols.find(c) != std::string_view::npos;
         });
}

/// A quoted string whose quote is open, off the front of `text`. Browsers write %22 for a quote
/// and escape nothing; older curl writes \" and \\. Any other back slash is itself.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\\\"") || rest.starts_with("\\\\")) {
      out += text[++i];
    } else if (rest.starts_with("%22")) {
      out += '"';
      i += 2;
    } else {
      out += c;
    }
  }
  return std::nullopt;
}

/// Calls `visit(name, value)` for each parameter of a field, which all begin with ';'.
template <typename Visit>
Result<> for_each_parameter(std::string_view text, Visit visit) {
  for (text = trim(text); !text.empty(); text = trim(text)) {
    if (text.front() != ';') return bad_multipart("A parameter of a field is malformed.");
    text = trim(text.substr(1));
    const auto equals = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, equals);
    if (!is_token(name) || equals == text.size())
      return bad_multipart("A parameter of a field is malformed.");
    text.remove_prefix(equals + 1);
    std::string value;
    if (text.starts_with('"')) {
      auto quoted = take_quoted(text);
      if (!quoted) return bad_multipart("A quoted parameter of a field has no end.");
      value = std::move(*quoted);
    } else {
      const auto end = std::min(text.find_first_of("; \t"), text.size());
      value = text.substr(0, end);
      if (!is_token(value)) return bad_multipart("A parameter of a field must be quoted.");
      text.remove_prefix(end);
    }
    SOTTO_TRY(visit(name, std::move(value)));
  }
  return {};
}

bool is_plain_text(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

Result<> read_disposition(std::string_view value, const MultipartLimits& limits, PartHead& head) {
  const auto end = std::min(value.find(';'), value.size());
  if (!equals_ignoring_case(trim(value.substr(0, end)), "form-data"))
    return bad_multipart("Each part must have the disposition form-data.");
  bool has_name = false;
  SOTTO_TRY(for_each_parameter(
      value.substr(end), [&](std::string_view name, std::string text) -> Result<> {
        const bool is_name = equals_ignoring_case(name, "name");
        if (!is_name && !equals_ignoring_case(name, "filename")) {
          if (name.ends_with('*'))
            return bad_multipart(
                "Names in a form are plain UTF-8; RFC 7578 has no name* or "
                "filename*.");
          return {};
        }
        if (is_name ? has_name : head.filename.has_value())
          return bad_multipart("A part gives its name or file name twice.");
        if (text.size() > (is_name ? limits.name_max : limits.filename_max))
          return too_large("The name or file name of a part is too long.");
        if (!is_plain_text(text))
          return bad_multipart(
              "The name of a part or file must be UTF-8 without control "
              "characters.");
        if (is_name) {
          head.name = std::move(text);
          has_name = true;
        } else {
          const auto slash = text.find_last_of("/\\");
          head.filename = slash == std::string::npos ? text : text.substr(slash + 1);
        }
        return {};
      }));
  if (head.name.empty()) return bad_multipart("A part of the form has no name.");
  return {};
}

}  // namespace

Result<PartHead> parse_part_head(std::string_view lines, const MultipartLimits& limits) {
  PartHead head;
  bool has_disposition = false;
  bool has_type = false;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    if (end == std::string_view::npos) return bad_multipart("A field of a part has no end.");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const auto colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    if (!is_token(name) || colon == line.size() ||
        line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      return bad_multipart("A field of a part is malformed.");
    const std::string_view value = trim(line.substr(colon + 1));
    if (equals_ignoring_case(name, "Content-Disposition")) {
      if (has_disposition) return bad_multipart("A part has two dispositions.");
      has_disposition = true;
      SOTTO_TRY(read_disposition(value, limits, head));
    } else if (equals_ignoring_case(name, "Content-Type")) {
      if (has_type || !is_plain_text(value))
        return bad_multipart("The type of a part is malformed.");
      has_type = true;
      head.content_type = value;
    } else if (equals_ignoring_case(name, "Content-Transfer-Encoding") &&
               !equals_ignoring_case(value, "binary") && !equals_ignoring_case(value, "8bit") &&
               !equals_ignoring_case(value, "7bit")) {
      return bad_multipart("Parts must be sent as they are: transfer encodings are not undone.");
    }
  }
  if (!has_disposition) return bad_multipart("A part of the form has no name.");
  return head;
}

Result<MultipartParser> MultipartParser::create(std::string_view content_type,
                                                MultipartLimits limits) {
  const auto end = std::min(content_type.find(';'), content_type.size());
  if (!equals_ignoring_case(trim(content_type.substr(0, end)), "multipart/form-data"))
    return Error(ErrorCode::kUnsupported, "http.not_multipart",
                 "The body must be sent as multipart/form-data.");
  std::string boundary;
  bool has_boundary = false;
  SOTTO_TRY(for_each_parameter(content_type.substr(end),
                               [&](std::string_view name, std::string value) -> Result<> {
                                 if (!equals_ignoring_case(name, "boundary")) return {};
                                 if (has_boundary)
                                   return bad_multipart("There are two boundaries.");
                                 has_boundary = true;
                                 boundary = std::move(value);
                                 return {};
                               }));
  if (!is_boundary(boundary))
    return bad_multipart("The boundary must have 1 to 70 letters, digits and '()+_,-./:=?.");
  return MultipartParser(std::move(boundary), limits);
}

MultipartParser::MultipartParser(std::string boundary, MultipartLimits limits)
    : delimiter_("\r\n--" + std::move(boundary)),
      limits_(limits),
      matched_(kLineEnd),  // As if a line end stood before the first boundary, where none does.
      unseen_(kLineEnd) {}

Result<> MultipartParser::feed(std::string_view bytes, PartSink& sink) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::kStart:
      case State::kData:
        SOTTO_TRY(take_data(bytes, sink));
        break;
      case State::kAfterBoundary:
        SOTTO_TRY(take_after_boundary(bytes));
        break;
      case State::kHead:
        SOTTO_TRY(take_head(bytes, sink));
        break;
      case State::kEnd:
      case State::kEndLf:
      case State::kDone:
        SOTTO_TRY(take_end(bytes));
        break;
    }
  }
  return {};
}

Result<> MultipartParser::take_data(std::string_view& bytes, PartSink& sink) {
  // What matched in earlier pieces is content after all where the delimiter does not go on.
  std::size_t held = matched_;
  std::size_t i = 0;
  while (i < bytes.size() && matched_ < delimiter_.size()) {
    if (bytes[i] == delimiter_[matched_]) {
      ++matched_;
      ++i;
      continue;
    }
    if (state_ == State::kStart)
      return bad_multipart("The form must begin with its boundary and nothing before it.");
    if (held > unseen_)
      SOTTO_TRY(pass_on(std::string_view(delimiter_).substr(unseen_, held - unseen_), sink));
    held = 0;
    unseen_ = 0;
    // The delimiter's first byte is nowhere else in it, so a new match can begin only here.
    matched_ = 0;
    if (bytes[i] != '\r') i = std::min(bytes.find('\r', i), bytes.size());
  }
  // Content is everything before the bytes of this piece that may be the delimiter's.
  const std::size_t content = i - (matched_ - held);
  if (content > 0) SOTTO_TRY(pass_on(bytes.substr(0, content), sink));
  bytes.remove_prefix(i);
  if (matched_ < delimiter_.size()) return {};
  if (state_ == State::kData) {
    if (unseen_ > 0) return bad_multipart("An empty part needs a line end of its own.");
    SOTTO_TRY(sink.end_part());
  }
  state_ = State::kAfterBoundary;
  after_ = 0;
  return {};
}

Result<> MultipartParser::pass_on(std::string_view data, PartSink& sink) {
  size_ += data.size();
  const std::uint64_t size_max = is_file_ ? limits_.file_max : limits_.value_max;
  if (size_ > size_max)
    return too_large("A part of the form has more than " + std::to_string(size_max) + " bytes.");
  return sink.take_data(data);
}

Result<> MultipartParser::take_after_boundary(std::string_view& bytes) {
  const char byte = bytes.front();
  bytes.remove_prefix(1);
  if (after_ == 0 && (byte == '\r' || byte == '-')) {
    after_ = byte;
    return {};
  }
  if (after_ == '-' && byte == '-') {
    if (parts_ == 0) return bad_multipart("The form has no part.");
    state_ = State::kEnd;
    return {};
  }
  if (after_ != '\r' || byte != '\n')
    return bad_multipart("Behind a boundary must stand a line end or two hyphens.");
  if (parts_ == limits_.parts_max)
    return too_large("The form has more than " + std::to_string(limits_.parts_max) + " parts.");
  ++parts_;
  head_.clear();
  state_ = State::kHead;
  return {};
}

Result<> MultipartParser::take_head(std::string_view& bytes, PartSink& sink) {
  constexpr std::string_view kBlankLine = "\r\n\r\n";
  const std::size_t before = head_.size();
  const std::string_view taken = bytes.substr(0, limits_.head_max + kBlankLine.size() - before);
  head_ += taken;
  if (head_.starts_with("\r\n")) return bad_multipart("A part of the form has no name.");
  const auto end = head_.find(kBlankLine, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (head_.size() >= limits_.head_max + kBlankLine.size())
      return too_large("The head of a part has more than " + std::to_string(limits_.head_max) +
                       " bytes.");
    bytes.remove_prefix(taken.size());
    return {};
  }
  bytes.remove_prefix(end + kBlankLine.size() - before);
  SOTTO_ASSIGN(const PartHead head,
               parse_part_head(std::string_view(head_).substr(0, end + 2), limits_));
  is_file_ = head.filename.has_value();
  size_ = 0;
  // Readers disagree whether the blank line's end may be the delimiter's too: seen, and refused.
  matched_ = kLineEnd;
  unseen_ = kLineEnd;
  state_ = State::kData;
  return sink.begin_part(head);
}

Result<> MultipartParser::take_end(std::string_view& bytes) {
  const char expected = state_ == State::kEnd ? '\r' : '\n';
  if (state_ == State::kDone || bytes.front() != expected)
    return bad_multipart("Nothing may follow the last boundary.");
  bytes.remove_prefix(1);
  state_ = state_ == State::kEnd ? State::kEndLf : State::kDone;
  return {};
}

Result<> MultipartParser::finish() const {
  if (state_ == State::kEnd || state_ == State::kDone) return {};
  return bad_multipart("The form ends before its last boundary.");
}

}  // namespace sotto::http
