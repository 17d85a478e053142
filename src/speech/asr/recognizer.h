#pragma once

#include <memory>

#include "base/context.h"
#include "base/result.h"
#include "speech/asr/types.h"

namespace sotto::asr {

/// The claim on one segment's result. Dropping it gives the segment up. Any thread.
class Ticket {
 public:
  virtual ~Ticket() = default;

  /// Blocks until the segment is recognised or failed, and hands the outcome over exactly once;
  /// afterwards "asr.ticket_spent". Where `context` ends first its error comes back and the ticket
  /// stays good. Outcomes: a Recognition; "base.cancelled" and "base.deadline_exceeded" of the
  /// submitting context or of cancel(); "asr.shutting_down"; an error of the model.
  virtual Result<Recognition> wait(const CallContext& context) = 0;

  /// Ends the segment where it stands: at once while it waits for its turn, between two tokens once
  /// it runs. Never blocks; again or afterwards it does nothing.
  virtual void cancel() = 0;
};

/// Turns segments of sound into words: the seam between the flows and every model, batched or not.
///
/// Segments are taken in the order of priority, then turn by turn among the fairness keys, then as
/// they came; their results are independent of each other. Any thread may call anything.
class Recognizer {
 public:
  virtual ~Recognizer() = default;

  /// Queues a segment. Blocks while the queue is full, until there is room or `context` ends. The
  /// stop and the deadline of `context` count for the whole way to the result. The shared ticket is
  /// kept alive by whoever waits; the recognizer itself holds no claim on it.
  /// Errors: the context's, "asr.segment_too_long", "asr.language_unsupported",
  /// "asr.shutting_down".
  virtual Result<std::shared_ptr<Ticket>> submit(const CallContext& context, AudioSegment segment,
                                                 const DecodeOptions& options) = 0;

  /// The same without waiting for room: "asr.queue_full" (overloaded) instead.
  virtual Result<std::shared_ptr<Ticket>> try_submit(const CallContext& context,
                                                     AudioSegment segment,
                                                     const DecodeOptions& options) = 0;

  /// Takes nothing more, answers every ticket that is open with "asr.shutting_down" and waits for
  /// the workers, which stop between two tokens. The destructor does the same.
  virtual void close() = 0;
};

}  // namespace sotto::asr
