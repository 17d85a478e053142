#include "speech/asr/loading_recognizer.h"

#include <utility>

namespace sotto::asr {

LoadingRecognizer::LoadingRecognizer(Load load) {
  thread_ = std::jthread([this, load = std::move(load)] {
    auto recognizer = load();
    {
      const MutexLock lock(mutex_);
      recognizer_ = std::move(recognizer);
    }
    changed_.notify_all();
  });
}

LoadingRecognizer::~LoadingRecognizer() { close(); }

Result<Recognizer*> LoadingRecognizer::loaded(const CallContext& context) {
  const MutexLock lock(mutex_);
  while (!recognizer_) {
    if (closed_)
      return Error(ErrorCode::kUnavailable, "asr.shutting_down", "Recognition is shutting down.");
    SOTTO_TRY(changed_.wait(context, mutex_));
  }
  if (!*recognizer_) return recognizer_->error();
  return (*recognizer_)->get();
}

Result<std::shared_ptr<Ticket>> LoadingRecognizer::submit(const CallContext& context,
                                                          AudioSegment segment,
                                                          const DecodeOptions& options) {
  SOTTO_ASSIGN(Recognizer * recognizer, loaded(context));
  return recognizer->submit(context, std::move(segment), options);
}

Result<std::shared_ptr<Ticket>> LoadingRecognizer::try_submit(const CallContext& context,
                                                              AudioSegment segment,
                                                              const DecodeOptions& options) {
  SOTTO_ASSIGN(Recognizer * recognizer, loaded(context));
  return recognizer->try_submit(context, std::move(segment), options);
}

void LoadingRecognizer::close() {
  Recognizer* recognizer = nullptr;
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    if (recognizer_ && *recognizer_) recognizer = (*recognizer_)->get();
  }
  changed_.notify_all();
  if (recognizer != nullptr) recognizer->close();
}

}  // namespace sotto::asr
