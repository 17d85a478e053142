#include "speech/asr/moonshine_engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sotto::asr {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_of(std::size_t sample_count) {
  return static_cast<double>(sample_count) / kSampleRate;
}

// A decoder may hand out anything; one NaN would make every state NaN.
std::vector<float> made_safe(const std::vector<float>& samples) {
  std::vector<float> safe(samples.size());
  std::transform(samples.begin(), samples.end(), safe.begin(), [](float sample) {
    return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
  });
  return safe;
}

bool is_english(std::string_view tag) {
  return tag.empty() || tag == "en" || tag.starts_with("en-");
}

bool has_letters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

std::chrono::microseconds since(Steady::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin);
}

}  // namespace

MoonshineEngine::MoonshineEngine(std::unique_ptr<MoonshineModel> model, Tokenizer tokenizer,
                                 const MoonshineOptions& options)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)), options_(options) {}

Result<std::unique_ptr<Engine>> MoonshineEngine::create(const infer::Runtime& runtime,
                                                        const std::filesystem::path& folder,
                                                        const MoonshineOptions& options) {
  SOTTO_ASSIGN(Tokenizer tokenizer, Tokenizer::load(folder / "llama-tokenizer.js"));
  SOTTO_ASSIGN(auto model, MoonshineModel::create(runtime, folder));
  if (tokenizer.piece_count() > model->token_count()) {
    return Error(ErrorCode::kDataLoss, "asr.model_mismatch",
                 "The vocabulary has more pieces than the model has tokens; fetch the model again.")
        .with_detail(folder.string());
  }
  return std::unique_ptr<Engine>(
      new MoonshineEngine(std::move(model), std::move(tokenizer), options));
}

Result<> MoonshineEngine::accepts(const AudioSegment& segment, const DecodeOptions& options) const {
  if (!is_english(options.language)) {
    return Error(ErrorCode::kUnsupported, "asr.language_unsupported",
                 "This model understands English alone; leave the language out or choose 'en'.");
  }
  if (seconds_of(segment.samples.size()) > options_.segment_seconds_max) {
    return Error(ErrorCode::kTooLarge, "asr.segment_too_long",
                 "A segment may last 40 seconds at most; cut the sound at its pauses.");
  }
  return {};
}

Result<Recognition> MoonshineEngine::recognize(const CallContext& context,
                                               const AudioSegment& segment,
                                               const DecodeOptions& options) const {
  SOTTO_TRY(accepts(segment, options));
  Recognition recognition;
  if (segment.samples.empty()) return recognition;

  const auto encoding_begin = Steady::now();
  SOTTO_ASSIGN(infer::Tensor states, model_->encode(context, made_safe(segment.samples)));
  recognition.stats.encoding = since(encoding_begin);

  const auto decoding_begin = Steady::now();
  const auto stepper = model_->start(std::move(states));
  SOTTO_ASSIGN(
      const Hypothesis hypothesis,
      search_greedily(context, *stepper, seconds_of(segment.samples.size()), options_.search));
  recognition.stats.decoding = since(decoding_begin);
  recognition.stats.token_count = hypothesis.tokens.size();
  if (hypothesis.mean_log_prob() >= options_.gate.mean_log_prob_min) {
    recognition.segments = to_segments(segment, hypothesis);
  }
  return recognition;
}

std::vector<transcript::Segment> MoonshineEngine::to_segments(const AudioSegment& audio,
                                                              const Hypothesis& hypothesis) const {
  std::vector<std::string_view> pieces;
  pieces.reserve(hypothesis.tokens.size());
  for (const std::int64_t token : hypothesis.tokens) pieces.push_back(tokenizer_.piece(token));

  const auto at = [&](std::size_t sample) {
    const auto ms = static_cast<transcript::Milliseconds>(sample * 1000 / kSampleRate);
    return std::min(audio.start_ms + ms, audio.end_ms);
  };
  std::vector<transcript::Segment> segments;
  for (const SentenceSpan& sentence :
       split_sentences(pieces, audio.speech, audio.samples.size(), options_.sentences)) {
    const std::size_t count = sentence.token_end - sentence.token_begin;
    transcript::Segment segment;
    segment.text =
        tokenizer_.decode(std::span(hypothesis.tokens).subspan(sentence.token_begin, count));
    if (!has_letters(segment.text)) continue;
    segment.start_ms = at(sentence.start_sample);
    segment.end_ms = at(sentence.end_sample);
    double log_prob = 0;
    for (std::size_t i = sentence.token_begin; i < sentence.token_end; ++i) {
      log_prob += static_cast<double>(hypothesis.log_probs[i]);
    }
    segment.confidence = std::min(0.0, log_prob / static_cast<double>(count));
    segment.channel = audio.channel;
    segment.language = "en";
    segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace sotto::asr
