#include "speech/vad/speech_detector.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sotto::vad {

SpeechDetector::SpeechDetector(std::unique_ptr<Vad> vad, const SpeechPolicyOptions& options)
    : vad_(std::move(vad)),
      policy_(options, vad_->window_samples()),
      window_(vad_->window_samples()) {}

Result<SpeechDetector> SpeechDetector::create(std::unique_ptr<Vad> vad,
                                              const SpeechPolicyOptions& options) {
  SOTTO_TRY(validate(options));
  vad->reset();
  return SpeechDetector(std::move(vad), options);
}

Result<> SpeechDetector::push(const CallContext& context, std::span<const float> samples,
                              std::vector<SpeechInterval>& finished) {
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), window_.size() - window_used_);
    std::transform(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count),
                   window_.begin() + static_cast<std::ptrdiff_t>(window_used_), [](float sample) {
                     return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
                   });
    samples = samples.subspan(count);
    window_used_ += count;
    sample_count_ += static_cast<std::int64_t>(count);
    if (window_used_ == window_.size()) SOTTO_TRY(hear_window(context, finished));
  }
  return {};
}

Result<> SpeechDetector::finish(const CallContext& context, std::vector<SpeechInterval>& finished) {
  if (window_used_ > 0) {
    std::fill(window_.begin() + static_cast<std::ptrdiff_t>(window_used_), window_.end(), 0.0F);
    SOTTO_TRY(hear_window(context, finished));
  }
  policy_.finish(sample_count_, finished);
  return {};
}

Result<> SpeechDetector::hear_window(const CallContext& context,
                                     std::vector<SpeechInterval>& finished) {
  SOTTO_ASSIGN(const float probability, vad_->score(context, window_));
  const float energy = std::inner_product(window_.begin(), window_.end(), window_.begin(), 0.0F) /
                       static_cast<float>(window_.size());
  policy_.push(probability, energy, finished);
  window_used_ = 0;
  return {};
}

}  // namespace sotto::vad
