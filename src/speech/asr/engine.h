#pragma once

#include "base/context.h"
#include "base/result.h"
#include "speech/asr/types.h"

namespace sotto::asr {

/// One model family at work on one segment: what a worker of the pool calls. Holds the weights;
/// any number of threads may recognise at the same time.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Refuses what recognize() would refuse, without computing: "asr.segment_too_long",
  /// "asr.language_unsupported".
  virtual Result<> accepts(const AudioSegment& segment, const DecodeOptions& options) const = 0;

  /// Blocks for the computation; ends between two tokens when the context does. Errors: those of
  /// accepts(), the context's, "infer.run_failed".
  virtual Result<Recognition> recognize(const CallContext& context, const AudioSegment& segment,
                                        const DecodeOptions& options) const = 0;
};

}  // namespace sotto::asr
