#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "base/mutex.h"
#include "speech/asr/recognizer.h"

namespace sotto::asr {

/// A Recognizer that can be handed around while its model still loads: decoding and voice detection
/// begin meanwhile, so that the first words come a second or two sooner. Any thread.
class LoadingRecognizer final : public Recognizer {
 public:
  using Load = std::function<Result<std::unique_ptr<Recognizer>>()>;

  /// Runs `load` on a thread of its own. What it refers to must outlive this object.
  explicit LoadingRecognizer(Load load);
  /// Waits for the loading to end: it cannot be interrupted.
  ~LoadingRecognizer() override;

  /// Wait for the model first, within `context`. Its error, where it could not be loaded, is every
  /// call's error.
  Result<std::shared_ptr<Ticket>> submit(const CallContext& context, AudioSegment segment,
                                         const DecodeOptions& options) override;
  Result<std::shared_ptr<Ticket>> try_submit(const CallContext& context, AudioSegment segment,
                                             const DecodeOptions& options) override;
  void close() override;

 private:
  Result<Recognizer*> loaded(const CallContext& context);

  Mutex mutex_;
  CondVar changed_;
  bool closed_ SOTTO_GUARDED_BY(mutex_) = false;
  std::optional<Result<std::unique_ptr<Recognizer>>> recognizer_ SOTTO_GUARDED_BY(mutex_);
  std::jthread thread_;  // Last: it uses what stands above.
};

}  // namespace sotto::asr
