#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "speech/asr/engine.h"
#include "speech/asr/recognizer.h"

namespace sotto::asr {

struct PoolOptions {
  /// Segments recognised side by side; each uses one core, and they share the weights.
  std::size_t worker_count = 1;
  /// Segments that may wait. 30 s of sound are 1.9 MB: 32 keep it below 64 MB.
  std::size_t queue_max = 32;
};

/// "asr.pool_options" for no workers, no queue, or more than 1,024 of either.
Result<> validate(const PoolOptions& options);

/// A Recognizer of N threads over one engine. The order is the interface's: priority, then keys in
/// turn, then first come. A running segment is not interrupted for a more urgent one; it is over
/// within a second or two.
class PooledRecognizer final : public Recognizer {
 public:
  static Result<std::unique_ptr<Recognizer>> create(std::unique_ptr<const Engine> engine,
                                                    const PoolOptions& options);
  ~PooledRecognizer() override;

  Result<std::shared_ptr<Ticket>> submit(const CallContext& context, AudioSegment segment,
                                         const DecodeOptions& options) override;
  Result<std::shared_ptr<Ticket>> try_submit(const CallContext& context, AudioSegment segment,
                                             const DecodeOptions& options) override;
  void close() override;

 private:
  struct Job;
  class Core;
  class JobTicket;
  PooledRecognizer(std::unique_ptr<const Engine> engine, const PoolOptions& options);
  Result<std::shared_ptr<Ticket>> enqueue(const CallContext& context, AudioSegment segment,
                                          const DecodeOptions& options, bool may_wait);
  void work();

  std::unique_ptr<const Engine> engine_;
  // Shared with the tickets, which may outlive the recognizer.
  std::shared_ptr<Core> core_;
  std::vector<std::jthread> workers_;
};

}  // namespace sotto::asr
