#pragma once

#include <memory>
#include <span>
#include <string>

#include "media/input.h"
#include "media/protocol/messages.h"

namespace sotto::media {

/// Where a decoder's results go. Each returns false where nobody wants more; the decoder then ends.
class Output {
 public:
  virtual ~Output() = default;
  virtual bool info(const Info& info) = 0;
  /// Whole frames of Info::output_channels interleaved samples at kSampleRate.
  virtual bool samples(std::span<const float> samples) = 0;
  virtual bool done(const Done& done) = 0;
  virtual bool failed(const Failed& failed) = 0;
};

/// Prepares FFmpeg: quiet, and its tables built. Once a process, before decode().
void initialise_libraries();

/// Decodes one file: info, then samples, then done; or failed at any point. Nothing is said where
/// the input fails or the output wants no more. Never opens anything; one thread, bounded memory.
void decode(const Open& request, Input& input, Output& output);

}  // namespace sotto::media
