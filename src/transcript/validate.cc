#include "transcript/validate.h"

#include <cmath>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/text.h"

namespace sotto::transcript {
namespace {

Error invalid(const std::string& place, std::string_view rule) {
  return Error(ErrorCode::kInvalidArgument, "transcript.invalid",
               "The transcript is not valid: " + place + ' ' + std::string(rule) + '.');
}

std::string segment_name(std::size_t index) { return "segments[" + std::to_string(index) + ']'; }

std::string word_name(std::size_t segment_index, std::size_t word_index) {
  return segment_name(segment_index) + ".words[" + std::to_string(word_index) + ']';
}

class Validator {
 public:
  explicit Validator(const Transcript& transcript) : transcript_(transcript) {}

  Result<> run() {
    SOTTO_TRY(check_head());
    SOTTO_TRY(check_speakers());
    for (std::size_t i = 0; i < transcript_.segments.size(); ++i) SOTTO_TRY(check_segment(i));
    return {};
  }

 private:
  Result<> check_head() const {
    if (transcript_.duration_ms < 0 || transcript_.duration_ms > kTimeMsMax)
      return invalid("duration_ms", "must lie between 0 and a million hours");
    const Provenance& made_by = transcript_.provenance;
    for (const std::string* text :
         {&transcript_.language, &made_by.model, &made_by.engine, &made_by.version}) {
      if (!is_utf8(*text)) return invalid("its language or provenance", "must be UTF-8");
    }
    for (const Warning& warning : transcript_.warnings) {
      if (!is_utf8(warning.reason) || !is_utf8(warning.message))
        return invalid("a warning", "must be UTF-8");
    }
    return {};
  }

  Result<> check_speakers() {
    for (std::size_t i = 0; i < transcript_.speakers.size(); ++i) {
      const Speaker& speaker = transcript_.speakers[i];
      const std::string name = "speakers[" + std::to_string(i) + ']';
      if (speaker.id.empty()) return invalid(name, "must have an id");
      if (!is_utf8(speaker.id) || !is_utf8(speaker.name)) return invalid(name, "must be UTF-8");
      if (!speaker_ids_.insert(speaker.id).second)
        return invalid(name, "has the id of an earlier speaker");
    }
    return {};
  }

  Result<> check_segment(std::size_t index) {
    const Segment& segment = transcript_.segments[index];
    if (segment.start_ms < 0 || segment.end_ms > kTimeMsMax)
      return invalid(segment_name(index), "must lie between 0 and a million hours");
    if (segment.end_ms < segment.start_ms)
      return invalid(segment_name(index), "must not end before it starts");
    if (index > 0 && segment.start_ms < transcript_.segments[index - 1].start_ms)
      return invalid(segment_name(index), "must not start before the segment in front of it");
    if (!is_utf8(segment.text) || !is_utf8(segment.language))
      return invalid(segment_name(index), "must be UTF-8");
    // Written so that NaN fails too.
    if (segment.confidence && !(*segment.confidence <= 0 && std::isfinite(*segment.confidence)))
      return invalid(segment_name(index) + ".confidence",
                     "must be a logarithm of a probability: finite and at most 0");
    if (segment.speaker && !speaker_ids_.contains(*segment.speaker))
      return invalid(segment_name(index) + ".speaker", "must be an id of the speakers table");
    if (segment.channel && *segment.channel < 0)
      return invalid(segment_name(index) + ".channel", "must be 0 or more");
    for (std::size_t i = 0; i < segment.words.size(); ++i) SOTTO_TRY(check_word(index, i));
    return {};
  }

  Result<> check_word(std::size_t segment_index, std::size_t index) {
    const Segment& segment = transcript_.segments[segment_index];
    const Word& word = segment.words[index];
    if (!is_utf8(word.text)) return invalid(word_name(segment_index, index), "must be UTF-8");
    if (word.start_ms < segment.start_ms || word.end_ms > segment.end_ms)
      return invalid(word_name(segment_index, index), "must lie within its segment");
    if (word.end_ms < word.start_ms)
      return invalid(word_name(segment_index, index), "must not end before it starts");
    if (index > 0 && word.start_ms < segment.words[index - 1].start_ms)
      return invalid(word_name(segment_index, index),
                     "must not start before the word in front of it");
    if (word.confidence && !(*word.confidence >= 0 && *word.confidence <= 1))
      return invalid(word_name(segment_index, index) + ".confidence", "must lie between 0 and 1");
    if (!word_ids_.insert(word.id).second)
      return invalid(word_name(segment_index, index) + ".id", "is the id of an earlier word");
    return {};
  }

  const Transcript& transcript_;
  std::unordered_set<std::string_view> speaker_ids_;
  std::unordered_set<std::uint64_t> word_ids_;
};

}  // namespace

Result<> validate(const Transcript& transcript) { return Validator(transcript).run(); }

}  // namespace sotto::transcript
