#include "transcript/internal/unicode.h"
#include "transcript/internal/writers.h"

namespace sotto::transcript::internal {
namespace {

/// The table that whisper writes: no quoting, so tabs and line breaks in the text become spaces.
class TsvWriter final : public Writer {
 public:
  std::string begin(const Transcript& /*head*/) override { return "start\tend\ttext\n"; }
  std::string segment(const Segment& segment) override {
    const std::string text = one_line(segment.text);
    if (text.empty()) return {};
    return std::to_string(segment.start_ms) + '\t' + std::to_string(segment.end_ms) + '\t' + text +
           '\n';
  }
  std::string end(const Transcript& /*tail*/) override { return {}; }
};

}  // namespace

std::unique_ptr<Writer> make_tsv_writer() { return std::make_unique<TsvWriter>(); }

}  // namespace sotto::transcript::internal
