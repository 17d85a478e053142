#pragma once

#include "base/result.h"
#include "transcript/types.h"

namespace sotto::transcript {

/// A million hours: beyond it a time is a mistake, and sums of times cannot overflow.
inline constexpr Milliseconds kTimeMsMax = Milliseconds{1'000'000} * 3'600'000;

/// Checks what types.h states: all texts are UTF-8; every time lies in 0 ..= kTimeMsMax; segments
/// are in order of start_ms and end no earlier than they start; words lie within their segment, in
/// order, with ids that stand once; speakers have ids that stand once, and segments name only
/// those; confidences are finite and in their range. One pass.
///
/// Errors: "transcript.invalid", whose message names the place and the rule.
Result<> validate(const Transcript& transcript);

}  // namespace sotto::transcript
