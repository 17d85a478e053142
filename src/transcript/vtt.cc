#include "transcript/internal/time_text.h"
#include "transcript/internal/writers.h"

namespace sotto::transcript::internal {
namespace {

/// Also disarms "-->", which may not stand in a cue.
std::string escaped(std::string_view text) {
  return replaced(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

/// WebVTT (W3C Candidate Recommendation of 2019-04-04). The voice tag is not shown as text, so it
/// stands on every cue and takes no room.
class VttWriter final : public CueWriter {
 public:
  using CueWriter::CueWriter;

 private:
  std::string header(const Transcript& /*head*/) override { return "WEBVTT\n"; }
  std::string footer() override { return {}; }
  std::size_t label_length(const Segment& /*segment*/) const override { return 0; }

  std::string cue(const Cue& cue) override {
    std::string text =
        "\n" + clock_text(cue.start_ms, '.') + " --> " + clock_text(cue.end_ms, '.') + '\n';
    const std::string name = cue.speaker ? speaker_name(*cue.speaker) : "";
    if (!name.empty()) text += "<v " + escaped(name) + ">";
    for (const std::string& line : cue.lines) text += escaped(line) + '\n';
    return text;
  }
};

}  // namespace

std::unique_ptr<Writer> make_vtt_writer(const SubtitleOptions& options) {
  return std::make_unique<VttWriter>(options);
}

}  // namespace sotto::transcript::internal
