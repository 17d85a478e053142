// Any bytes, demuxed and decoded as sotto-media does it, in this process: no crash, no leak, no
// endless output; samples come in whole frames, and after the end nothing does.

#include <cmath>

#include "base/check.h"
#include "media/decoder.h"
#include "media/testing/memory_input.h"

namespace sotto::media {
namespace {

/// Stops after a minute of sound: a few bytes may rightly stand for hours.
class BoundedOutput final : public Output {
 public:
  bool info(const Info& info) override {
    SOTTO_CHECK(!has_info_ && !ended_);
    SOTTO_CHECK(info.output_channels >= 1 && info.output_channels <= kChannelsMax);
    has_info_ = true;
    channels_ = info.output_channels;
    return true;
  }
  bool samples(std::span<const float> samples) override {
    SOTTO_CHECK(has_info_ && !ended_ && !samples.empty() && samples.size() % channels_ == 0);
    SOTTO_CHECK(samples.size_bytes() <= kPayloadMax);
    for (const float sample : samples) SOTTO_CHECK(std::isfinite(sample));
    frames_ += samples.size() / channels_;
    return frames_ < std::uint64_t{60} * kSampleRate;
  }
  bool done(const Done&) override {
    SOTTO_CHECK(has_info_ && !ended_);
    return ended_ = true;
  }
  bool failed(const Failed& failed) override {
    SOTTO_CHECK(!ended_ && !failed.message.empty());
    return ended_ = true;
  }

 private:
  bool has_info_ = false;
  bool ended_ = false;
  std::uint32_t channels_ = 0;
  std::uint64_t frames_ = 0;
};

void decode_within_bounds(std::span<const std::byte> bytes) {
  static const bool kReady = (initialise_libraries(), true);
  SOTTO_CHECK(kReady);
  // The size's lowest bits choose how it is read, so that seeds stay ordinary files.
  MemoryInput input(bytes, bytes.size() % 2 == 0);
  BoundedOutput output;
  decode({.mode = bytes.size() % 3 == 0 ? ChannelMode::kEach : ChannelMode::kMix}, input, output);
}

}  // namespace
}  // namespace sotto::media

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sotto::media::decode_within_bounds({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
