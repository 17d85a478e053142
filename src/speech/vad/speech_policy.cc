#include "speech/vad/speech_policy.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/check.h"

namespace sotto::vad {

Result<> validate(const SpeechPolicyOptions& options) {
  const auto refuse = [](const char* what) {
    return Error(ErrorCode::kInvalidArgument, "vad.policy_options",
                 std::string("The voice detector's settings make no sense: ") + what + '.');
  };
  const auto is_probability = [](float value) { return value > 0 && value < 1; };
  if (!is_probability(options.start_probability) || !is_probability(options.end_probability)) {
    return refuse("probabilities lie between 0 and 1");
  }
  if (options.end_probability > options.start_probability) {
    return refuse("speech cannot end at a higher probability than it starts at");
  }
  if (options.speech_samples_min < 0 || options.silence_samples_min < 0 ||
      options.padding_samples < 0) {
    return refuse("lengths are not negative");
  }
  if (options.padding_samples > options.silence_samples_min) {
    return refuse("padding is at most the shortest silence");
  }
  if (options.interval_samples_max < kSampleRate ||
      options.interval_samples_max < 2 * options.speech_samples_min) {
    return refuse("the longest interval is at least a second and twice the shortest speech");
  }
  return {};
}

SpeechPolicy::SpeechPolicy(const SpeechPolicyOptions& options, std::size_t window_samples)
    : options_(options), window_samples_(static_cast<std::int64_t>(window_samples)) {}

void SpeechPolicy::push(float probability, float energy, std::vector<SpeechInterval>& finished) {
  const std::int64_t window_start = position_;
  position_ += window_samples_;
  if (!open_start_) {
    if (probability < options_.start_probability) return;
    open_start_ = window_start;
  }
  open_windows_.push_back({probability, energy});
  if (probability >= options_.start_probability) {
    silence_start_.reset();
  } else if (probability < options_.end_probability && !silence_start_) {
    silence_start_ = window_start;
  }
  if (silence_start_ && position_ - *silence_start_ >= options_.silence_samples_min) {
    close(*silence_start_, position_, finished);
  } else if (position_ - *open_start_ >= options_.interval_samples_max) {
    cut(finished);
  }
}

void SpeechPolicy::finish(std::int64_t sample_count, std::vector<SpeechInterval>& finished) {
  // The last window may have been filled up with silence.
  if (open_start_) {
    close(std::min(silence_start_.value_or(sample_count), sample_count), sample_count, finished);
  }
}

std::int64_t SpeechPolicy::settled_sample() const {
  const std::int64_t next = open_start_.value_or(position_) - options_.padding_samples;
  return std::max({next, last_end_, std::int64_t{0}});
}

void SpeechPolicy::close(std::int64_t end, std::int64_t limit,
                         std::vector<SpeechInterval>& finished) {
  SOTTO_CHECK(open_start_.has_value());
  const std::int64_t start = *open_start_;
  open_start_.reset();
  silence_start_.reset();
  open_windows_.clear();
  // What remains after a cut is speech, however short it is.
  const bool follows_cut = start == last_end_ && start > 0;
  if (end - start < options_.speech_samples_min && !follows_cut) return;
  const SpeechInterval interval{std::max(start - options_.padding_samples, last_end_),
                                std::min(end + options_.padding_samples, limit)};
  last_end_ = interval.end_sample;
  finished.push_back(interval);
}

void SpeechPolicy::cut(std::vector<SpeechInterval>& finished) {
  // In the second half, so that no crumb is left; never at the very last window, so that the rest
  // has a beginning.
  const auto quieter = [](const Window& a, const Window& b) {
    return std::tie(a.probability, a.energy) < std::tie(b.probability, b.energy);
  };
  const auto half = open_windows_.begin() + static_cast<std::ptrdiff_t>(open_windows_.size() / 2);
  const auto quietest = std::min_element(half, open_windows_.end() - 1, quieter);
  const std::ptrdiff_t kept = quietest - open_windows_.begin();
  SOTTO_CHECK(open_start_.has_value());
  const std::int64_t at = *open_start_ + kept * window_samples_ + window_samples_ / 2;
  finished.push_back({std::max(*open_start_ - options_.padding_samples, last_end_), at});
  last_end_ = at;
  open_start_ = at;
  open_windows_.erase(open_windows_.begin(), quietest + 1);
  if (silence_start_ && *silence_start_ < at) silence_start_ = at;
}

}  // namespace sotto::vad
