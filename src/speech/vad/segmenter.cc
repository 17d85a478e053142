#include "speech/vad/segmenter.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sotto::vad {
namespace {

// Sound is heard in slices, so that a caller who pushes an hour at once holds no copy of it here.
constexpr std::size_t kSliceSamples = kSampleRate;

}  // namespace

Result<> validate(const SegmenterOptions& options) {
  const auto refuse = [](const char* what) {
    return Error(ErrorCode::kInvalidArgument, "vad.segmenter_options",
                 std::string("The segmenter's settings make no sense: ") + what + '.');
  };
  SOTTO_TRY(validate(options.policy));
  if (options.policy.interval_samples_max > options.segment_samples_max) {
    return refuse("the longest interval fits into a segment");
  }
  if (options.segment_samples_min < 0 || options.first_samples_min < 0 ||
      options.padding_samples < 0 || options.pause_samples_max < 0) {
    return refuse("lengths are not negative");
  }
  if (options.segment_samples_min >= options.segment_samples_max ||
      options.first_samples_min >= options.first_samples_max) {
    return refuse("the shortest segment is shorter than the longest");
  }
  return {};
}

Segmenter::Segmenter(SpeechDetector detector, const SegmenterOptions& options)
    : options_(options), detector_(std::move(detector)) {}

Result<Segmenter> Segmenter::create(std::unique_ptr<Vad> vad, const SegmenterOptions& options) {
  SOTTO_TRY(validate(options));
  SOTTO_ASSIGN(SpeechDetector detector, SpeechDetector::create(std::move(vad), options.policy));
  return Segmenter(std::move(detector), options);
}

Result<> Segmenter::push(const CallContext& context, std::span<const float> samples,
                         std::vector<SpeechSegment>& complete) {
  while (!samples.empty()) {
    const auto slice = samples.first(std::min(samples.size(), kSliceSamples));
    samples = samples.subspan(slice.size());
    sound_.insert(sound_.end(), slice.begin(), slice.end());
    found_.clear();
    SOTTO_TRY(detector_.push(context, slice, found_));
    for (const SpeechInterval& interval : found_) take(interval, complete);
    // A long silence is known before the next speech comes, if ever.
    if (!group_.empty() && detector_.settled_sample() - group_.back().end_sample >=
                               std::max(options_.pause_samples_max, options_.padding_samples)) {
      emit(group_.size(), complete);
    }
    forget();
  }
  return {};
}

Result<> Segmenter::finish(const CallContext& context, std::vector<SpeechSegment>& complete) {
  found_.clear();
  SOTTO_TRY(detector_.finish(context, found_));
  for (const SpeechInterval& interval : found_) take(interval, complete);
  if (!group_.empty()) emit(group_.size(), complete);
  sound_.clear();
  return {};
}

std::int64_t Segmenter::span_samples() const {
  return group_.back().end_sample - group_.front().start_sample;
}

void Segmenter::take(const SpeechInterval& interval, std::vector<SpeechSegment>& complete) {
  const bool follows_long_pause =
      !group_.empty() &&
      interval.start_sample - group_.back().end_sample >= options_.pause_samples_max;
  group_.push_back(interval);
  if (follows_long_pause) emit(group_.size() - 1, complete);
  while (group_.size() > 1 && span_samples() > options_.segment_samples_max) {
    emit(best_cut(), complete);
  }
}

std::int64_t Segmenter::settled_sample() const {
  const std::int64_t next =
      group_.empty() ? detector_.settled_sample() : group_.front().start_sample;
  return std::max(next - options_.padding_samples, emitted_end_);
}

// How many intervals to give out: those before the longest pause that leaves a segment of a good
// length, else before the last pause that leaves one that is not too long.
std::size_t Segmenter::best_cut() const {
  const std::int64_t shortest =
      is_first_ ? options_.first_samples_min : options_.segment_samples_min;
  const std::int64_t longest =
      is_first_ ? options_.first_samples_max : options_.segment_samples_max;
  std::size_t fallback = 1;
  std::size_t best = 0;
  std::int64_t best_pause = -1;
  for (std::size_t count = 1; count < group_.size(); ++count) {
    const std::int64_t length = group_[count - 1].end_sample - group_.front().start_sample;
    if (length > longest) break;
    fallback = count;
    const std::int64_t pause = group_[count].start_sample - group_[count - 1].end_sample;
    if (length >= shortest && pause >= best_pause) {
      best = count;
      best_pause = pause;
    }
  }
  return best > 0 ? best : fallback;
}

void Segmenter::emit(std::size_t interval_count, std::vector<SpeechSegment>& complete) {
  const auto rest = group_.begin() + static_cast<std::ptrdiff_t>(interval_count);
  const SpeechInterval& last = *(rest - 1);
  const std::int64_t heard_end = sound_start_ + std::ssize(sound_);
  // A pause between two segments is shared evenly, so that neither loses the edge of a word.
  const std::int64_t room_end =
      rest == group_.end() ? heard_end : (last.end_sample + rest->start_sample) / 2;
  const std::int64_t start =
      std::max(group_.front().start_sample - options_.padding_samples, emitted_end_);
  const std::int64_t end = std::min(last.end_sample + options_.padding_samples, room_end);

  SpeechSegment segment;
  segment.start_sample = start;
  segment.samples.assign(sound_.begin() + (start - sound_start_),
                         sound_.begin() + (end - sound_start_));
  segment.speech.assign(group_.begin(), rest);
  complete.push_back(std::move(segment));
  group_.erase(group_.begin(), rest);
  emitted_end_ = end;
  is_first_ = false;
}

// Drops the sound that no segment to come can need.
void Segmenter::forget() {
  const std::int64_t keep = settled_sample();
  if (keep <= sound_start_) return;
  const std::int64_t count = std::min(keep - sound_start_, std::int64_t{std::ssize(sound_)});
  sound_.erase(sound_.begin(), sound_.begin() + count);
  sound_start_ += count;
}

}  // namespace sotto::vad
