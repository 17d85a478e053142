#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "speech/asr/engine.h"

namespace sotto::asr {

/// "Recognises" a segment as the text "heard N" of its N samples; nothing where all are 0. Can be
/// told to hold every segment until it is let go, ending early with its context as the real ones
/// do. Any thread.
class FakeEngine final : public Engine {
 public:
  static constexpr std::size_t kSamplesMax = 40 * kSampleRate;

  Result<> accepts(const AudioSegment& segment, const DecodeOptions& options) const override {
    if (!options.language.empty() && options.language != "en") {
      return Error(ErrorCode::kUnsupported, "asr.language_unsupported", "English alone");
    }
    if (segment.samples.size() > kSamplesMax) {
      return Error(ErrorCode::kTooLarge, "asr.segment_too_long", "40 seconds at most");
    }
    return {};
  }

  Result<Recognition> recognize(const CallContext& context, const AudioSegment& segment,
                                const DecodeOptions& options) const override {
    SOTTO_TRY(accepts(segment, options));
    SOTTO_TRY(context.check());
    const MutexLock lock(mutex_);
    started_.push_back(options.fairness_key + std::to_string(segment.samples.size()));
    changed_.notify_all();
    while (is_holding_) SOTTO_TRY(changed_.wait(context, mutex_));
    Recognition recognition;
    bool is_silent = true;
    for (const float sample : segment.samples) is_silent = is_silent && sample == 0;
    if (!is_silent) {
      transcript::Segment heard;
      heard.start_ms = segment.start_ms;
      heard.end_ms = segment.end_ms;
      heard.text = "heard " + std::to_string(segment.samples.size());
      heard.confidence = -0.1;
      heard.channel = segment.channel;
      heard.language = "en";
      recognition.segments.push_back(std::move(heard));
    }
    return recognition;
  }

  /// Segments that start from now on wait inside recognize().
  void hold() {
    const MutexLock lock(mutex_);
    is_holding_ = true;
  }
  void let_go() {
    const MutexLock lock(mutex_);
    is_holding_ = false;
    changed_.notify_all();
  }
  /// Waits until so many segments have started.
  void await_started(std::size_t count) {
    const MutexLock lock(mutex_);
    const CallContext context = CallContext::with_timeout(std::chrono::minutes(1));
    while (started_.size() < count && changed_.wait(context, mutex_)) {
    }
  }
  /// Fairness key and sample count of each segment, in the order of starting.
  std::vector<std::string> started() const {
    const MutexLock lock(mutex_);
    return started_;
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool is_holding_ SOTTO_GUARDED_BY(mutex_) = false;
  mutable std::vector<std::string> started_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::asr
