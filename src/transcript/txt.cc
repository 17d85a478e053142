#include "transcript/internal/unicode.h"
#include "transcript/internal/writers.h"

namespace sotto::transcript::internal {
namespace {

/// One segment a line. Line breaks inside of a segment become spaces, so that lines count segments.
class TxtWriter final : public Writer {
 public:
  std::string begin(const Transcript& /*head*/) override { return {}; }
  std::string segment(const Segment& segment) override {
    std::string line = one_line(segment.text);
    return line.empty() ? line : line += '\n';
  }
  std::string end(const Transcript& /*tail*/) override { return {}; }
};

}  // namespace

std::unique_ptr<Writer> make_txt_writer() { return std::make_unique<TxtWriter>(); }

}  // namespace sotto::transcript::internal
