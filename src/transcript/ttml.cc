#include "transcript/internal/time_text.h"
#include "transcript/internal/unicode.h"
#include "transcript/internal/writers.h"

namespace sotto::transcript::internal {
namespace {

/// For text and for attributes in double quotes. U+FFFE and U+FFFF are UTF-8 but not XML; the
/// control characters are gone before.
std::string escaped(std::string_view text) {
  return replaced(text, {{"&", "&amp;"},
                         {"<", "&lt;"},
                         {">", "&gt;"},
                         {"\"", "&quot;"},
                         {"\xef\xbf\xbe", "\xef\xbf\xbd"},
                         {"\xef\xbf\xbf", "\xef\xbf\xbd"}});
}

/// TTML 1 (W3C Recommendation, third edition). Speakers are agents of the head; ids of ours need
/// not be XML names, so agents are numbered.
class TtmlWriter final : public CueWriter {
 public:
  using CueWriter::CueWriter;

 private:
  std::string header(const Transcript& head) override {
    language_ = head.language;
    std::string text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttm=\"http://www.w3.org/ns/ttml#metadata\" "
        "xml:lang=\"" +
        escaped(one_line(language_)) + "\">\n";
    if (!head.speakers.empty()) {
      text += "  <head>\n    <metadata>\n";
      for (const Speaker& speaker : head.speakers) {
        const std::string agent = "agent" + std::to_string(agents_.size() + 1);
        agents_.emplace(speaker.id, agent);
        text += R"(      <ttm:agent xml:id=")" + agent +
                R"(" type="person"><ttm:name type="full">)" + escaped(speaker_name(speaker.id)) +
                "</ttm:name></ttm:agent>\n";
      }
      text += "    </metadata>\n  </head>\n";
    }
    return text + "  <body>\n    <div>\n";
  }

  std::string footer() override { return "    </div>\n  </body>\n</tt>\n"; }
  std::size_t label_length(const Segment& /*segment*/) const override { return 0; }

  std::string cue(const Cue& cue) override {
    std::string text = "      <p begin=\"" + clock_text(cue.start_ms, '.') + "\" end=\"" +
                       clock_text(cue.end_ms, '.') + '"';
    if (!cue.language.empty() && cue.language != language_)
      text += " xml:lang=\"" + escaped(one_line(cue.language)) + '"';
    const auto agent = cue.speaker ? agents_.find(*cue.speaker) : agents_.end();
    if (agent != agents_.end()) text += " ttm:agent=\"" + agent->second + '"';
    text += '>';
    for (std::size_t i = 0; i < cue.lines.size(); ++i)
      text += (i == 0 ? "" : "<br/>") + escaped(cue.lines[i]);
    return text + "</p>\n";
  }

  std::string language_;
  std::unordered_map<std::string, std::string> agents_;  // By speaker id.
};

}  // namespace

std::unique_ptr<Writer> make_ttml_writer(const SubtitleOptions& options) {
  return std::make_unique<TtmlWriter>(options);
}

}  // namespace sotto::transcript::internal
