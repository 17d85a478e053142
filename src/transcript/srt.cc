#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "transcript/internal/time_text.h"
#include "transcript/internal/unicode.h"
#include "transcript/internal/writers.h"

namespace sotto::transcript::internal {
namespace {

/// The first `count_max` code points, with an ellipsis where that cuts something off.
std::string shortened(const std::string& text, std::size_t count_max) {
  if (code_point_count(text) <= count_max) return text;
  std::size_t size = 0;
  for (std::size_t i = 0; i + 1 < count_max; ++i)
    size += first_size(std::string_view(text).substr(size));
  return text.substr(0, size) + "…";
}

/// SubRip. It has no escapes, so an arrow in the text, which a lenient reader would take for a
/// timing line, is written as the character for it.
class SrtWriter final : public CueWriter {
 public:
  explicit SrtWriter(const SubtitleOptions& options)
      : CueWriter(options),
        label_length_max_(static_cast<std::size_t>(options.max_line_length) / 2) {}

 private:
  std::string header(const Transcript& /*head*/) override { return {}; }
  std::string footer() override { return {}; }

  std::string cue(const Cue& cue) override {
    ++number_;
    std::string text = number_ > 1 ? "\n" : "";
    text += std::to_string(number_) + '\n' + clock_text(cue.start_ms, ',') + " --> " +
            clock_text(cue.end_ms, ',') + '\n';
    // Who speaks is said where it changes. A cue whose first word leaves no room for it keeps
    // silent, and the next one says it.
    const bool is_change = cue.speaker != last_speaker_;
    if (!cue.speaker || (is_change && cue.has_label_room)) last_speaker_ = cue.speaker;
    const bool has_label = cue.speaker && is_change && cue.has_label_room;
    for (std::size_t i = 0; i < cue.lines.size(); ++i) {
      const std::string prefix = i == 0 && has_label ? label(*cue.speaker) : "";
      text += replaced(prefix + cue.lines[i], {{"-->", "→"}}) + '\n';
    }
    return text;
  }

  std::size_t label_length(const Segment& segment) const override {
    SOTTO_CHECK(segment.speaker.has_value());
    return code_point_count(label(*segment.speaker));
  }

  std::string label(const std::string& speaker) const {
    // At most half a line, colon and space included, so that words still fit beside it.
    return shortened(speaker_name(speaker), label_length_max_ - 2) + ": ";
  }

  std::size_t label_length_max_;
  std::uint64_t number_ = 0;
  std::optional<std::string> last_speaker_;
};

}  // namespace

std::unique_ptr<Writer> make_srt_writer(const SubtitleOptions& options) {
  return std::make_unique<SrtWriter>(options);
}

}  // namespace sotto::transcript::internal
