#include "speech/asr/sentence_split.h"

#include <algorithm>
#include <array>
#include <string>

namespace sotto::asr {
namespace {

// Words before a full stop that ends no sentence.
constexpr std::array<std::string_view, 14> kAbbreviations = {
    "Mr", "Mrs", "Ms", "Dr", "St", "Prof", "Jr", "Sr", "Gen", "Col", "Capt", "Rev", "vs", "No"};

bool ends_sentence(std::string_view text) {
  while (!text.empty() && (text.back() == '"' || text.back() == '\'' || text.back() == ')')) {
    text.remove_suffix(1);
  }
  if (text.empty()) return false;
  if (text.back() == '?' || text.back() == '!') return true;
  if (text.back() != '.') return false;
  text.remove_suffix(1);
  const std::string_view word = text.substr(text.rfind(' ') + 1);
  // "J." is an initial, and so is the end of "U.S.".
  if (word.size() == 1 || (word.size() > 2 && word[word.size() - 2] == '.')) return false;
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) == kAbbreviations.end();
}

// Token indexes after which a sentence ends; the last is always the end of all.
std::vector<std::size_t> sentence_ends(std::span<const std::string_view> pieces) {
  std::vector<std::size_t> ends;
  std::string text;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    text += pieces[i];
    const bool word_follows = i + 1 < pieces.size() && pieces[i + 1].starts_with(' ');
    if (i + 1 == pieces.size() || (word_follows && ends_sentence(text))) {
      ends.push_back(i + 1);
      text.clear();
    }
  }
  return ends;
}

// The sample that is reached when so many samples of speech have passed.
std::size_t sample_after_speech(std::span<const SpeechSpan> speech, std::size_t passed) {
  for (const SpeechSpan& span : speech) {
    const std::size_t length = span.end_sample - span.start_sample;
    if (passed <= length) return span.start_sample + passed;
    passed -= length;
  }
  return speech.back().end_sample;
}

struct Cut {
  std::size_t end_sample;         // Of the sentence before.
  std::size_t next_start_sample;  // Of the one after.
};

Cut cut_near(std::span<const SpeechSpan> speech, std::size_t sample, std::size_t snap_max) {
  Cut best{sample, sample};
  std::size_t nearest = snap_max + 1;
  for (std::size_t i = 0; i + 1 < speech.size(); ++i) {
    const Cut pause{speech[i].end_sample, speech[i + 1].start_sample};
    const std::size_t distance = sample < pause.end_sample ? pause.end_sample - sample
                                 : sample > pause.next_start_sample
                                     ? sample - pause.next_start_sample
                                     : 0;
    if (distance < nearest) {
      nearest = distance;
      best = pause;
    }
  }
  return best;
}

}  // namespace

std::vector<SentenceSpan> split_sentences(std::span<const std::string_view> pieces,
                                          std::span<const SpeechSpan> speech,
                                          std::size_t sample_count,
                                          const SentenceSplitOptions& options) {
  if (pieces.empty()) return {};
  const SpeechSpan whole{0, sample_count};
  if (speech.empty()) speech = {&whole, 1};
  std::size_t speech_samples = 0;
  for (const SpeechSpan& span : speech) speech_samples += span.end_sample - span.start_sample;
  std::size_t letters_all = 0;
  for (const std::string_view piece : pieces) letters_all += piece.size();
  letters_all = std::max<std::size_t>(letters_all, 1);

  std::vector<SentenceSpan> sentences;
  SentenceSpan open{0, 0, speech.front().start_sample, 0};
  std::size_t letters = 0;
  for (const std::size_t end : sentence_ends(pieces)) {
    for (std::size_t i = open.token_end; i < end; ++i) letters += pieces[i].size();
    open.token_end = end;
    if (end == pieces.size()) break;
    const std::size_t estimate =
        sample_after_speech(speech, static_cast<std::size_t>(static_cast<double>(speech_samples) *
                                                             static_cast<double>(letters) /
                                                             static_cast<double>(letters_all)));
    const Cut cut = cut_near(speech, estimate, options.snap_samples_max);
    const bool has_rest = cut.next_start_sample < speech.back().end_sample;
    if (cut.end_sample < open.start_sample + options.sentence_samples_min || !has_rest) continue;
    open.end_sample = cut.end_sample;
    sentences.push_back(open);
    open = {end, end, cut.next_start_sample, 0};
  }
  open.end_sample = std::max(speech.back().end_sample, open.start_sample);
  sentences.push_back(open);
  return sentences;
}

}  // namespace sotto::asr
