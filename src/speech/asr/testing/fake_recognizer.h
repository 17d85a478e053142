#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "speech/asr/recognizer.h"
#include "speech/asr/testing/fake_engine.h"

namespace sotto::asr {

/// A Recognizer without threads: every segment is "recognised" within submit(), as FakeEngine does
/// it. For tests of what stands above. Any thread.
class FakeRecognizer final : public Recognizer {
 public:
  Result<std::shared_ptr<Ticket>> submit(const CallContext& context, AudioSegment segment,
                                         const DecodeOptions& options) override {
    SOTTO_TRY(context.check());
    SOTTO_TRY(engine_.accepts(segment, options));
    const MutexLock lock(mutex_);
    if (is_closed_) return Error(ErrorCode::kUnavailable, "asr.shutting_down", "closed");
    return std::static_pointer_cast<Ticket>(
        std::make_shared<DoneTicket>(engine_.recognize(context, segment, options)));
  }

  Result<std::shared_ptr<Ticket>> try_submit(const CallContext& context, AudioSegment segment,
                                             const DecodeOptions& options) override {
    return submit(context, std::move(segment), options);
  }

  void close() override {
    const MutexLock lock(mutex_);
    is_closed_ = true;
  }

 private:
  class DoneTicket final : public Ticket {
   public:
    explicit DoneTicket(Result<Recognition> result) : result_(std::move(result)) {}

    Result<Recognition> wait(const CallContext&) override {
      const MutexLock lock(mutex_);
      if (!result_) return Error(ErrorCode::kPreconditionFailed, "asr.ticket_spent", "spent");
      Result<Recognition> result = std::move(*result_);
      result_.reset();
      return result;
    }
    void cancel() override {}

   private:
    Mutex mutex_;
    std::optional<Result<Recognition>> result_ SOTTO_GUARDED_BY(mutex_);
  };

  FakeEngine engine_;
  Mutex mutex_;
  bool is_closed_ SOTTO_GUARDED_BY(mutex_) = false;
};

}  // namespace sotto::asr
