#include "transcript/internal/writers.h"

#include "transcript/internal/unicode.h"

namespace sotto::transcript::internal {

std::string CueWriter::begin(const Transcript& head) {
  for (const Speaker& speaker : head.speakers) {
    const std::string name = one_line(speaker.name);
    names_.emplace(speaker.id, name.empty() ? one_line(speaker.id) : name);
  }
  return header(head);
}

std::string CueWriter::segment(const Segment& segment) {
  return write(layout_.add(segment, segment.speaker ? label_length(segment) : 0));
}

std::string CueWriter::end(const Transcript& /*tail*/) {
  // Not one expression: the last cues come before the footer.
  std::string text = write(layout_.finish());
  return text += footer();
}

std::string CueWriter::speaker_name(const std::string& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? one_line(id) : found->second;
}

std::string CueWriter::write(const std::vector<Cue>& cues) {
  std::string text;
  for (const Cue& next : cues) text += cue(next);
  return text;
}

std::string replaced(std::string_view text,
                     const std::vector<std::pair<std::string_view, std::string_view>>& pairs) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    bool is_replaced = false;
    for (const auto& [from, to] : pairs) {
      if (!text.starts_with(from)) continue;
      result += to;
      text.remove_prefix(from.size());
      is_replaced = true;
      break;
    }
    if (is_replaced) continue;
    result += text[0];
    text.remove_prefix(1);
  }
  return result;
}

}  // namespace sotto::transcript::internal
