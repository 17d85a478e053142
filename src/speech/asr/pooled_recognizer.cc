#include "speech/asr/pooled_recognizer.h"

#include <chrono>
#include <functional>
#include <new>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/mutex.h"
#include "speech/asr/internal/fair_queue.h"

namespace sotto::asr {
namespace {

constexpr std::size_t kCountMax = 1'024;

Error shutting_down() {
  return Error(ErrorCode::kUnavailable, "asr.shutting_down",
               "Speech recognition is shutting down; try again later.");
}

std::chrono::microseconds since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               begin);
}

}  // namespace

Result<> validate(const PoolOptions& options) {
  const auto good = [](std::size_t count) { return count >= 1 && count <= kCountMax; };
  if (good(options.worker_count) && good(options.queue_max)) return {};
  return Error(ErrorCode::kInvalidArgument, "asr.pool_options",
               "Recognition needs 1 to 1024 workers and room for 1 to 1024 waiting segments.");
}

// One segment on its way. Everything but the result and its flag is set before it is queued.
struct PooledRecognizer::Job {
  Job(const CallContext& submitted, AudioSegment sound, DecodeOptions how)
      : segment(std::move(sound)),
        options(std::move(how)),
        context(submitted.with_stop(stop.get_token())),
        follow_submitter(submitted.stop(), RequestStop{stop}) {}

  struct RequestStop {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  std::stop_source stop;  // Fired by the submitter's own stop, by cancel() and by close().
  AudioSegment segment;
  DecodeOptions options;
  CallContext context;
  std::stop_callback<RequestStop> follow_submitter;
  std::chrono::steady_clock::time_point queued_at = std::chrono::steady_clock::now();
  // Both guarded by Core::mutex_.
  std::optional<Result<Recognition>> result;
  bool is_spent = false;
};

// What the workers and the tickets share.
class PooledRecognizer::Core {
 public:
  explicit Core(std::size_t queue_max) : queue_max_(queue_max) {}

  Result<> push(const std::shared_ptr<Job>& job, bool may_wait) SOTTO_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (!is_closed_ && queue_.size() >= queue_max_) {
      if (!may_wait) {
        return Error(ErrorCode::kOverloaded, "asr.queue_full",
                     "Too many segments wait for recognition; try again later.");
      }
      SOTTO_TRY(room_.wait(job->context, mutex_));
    }
    if (is_closed_) return shutting_down();
    queue_.push(job->options.priority, job->options.fairness_key, job);
    work_.notify_one();
    return {};
  }

  /// The next job to run; null once closed.
  std::shared_ptr<Job> pop() SOTTO_EXCLUDES(mutex_) {
    const CallContext forever(CallContext::kNoDeadline, {});
    const MutexLock lock(mutex_);
    for (;;) {
      if (is_closed_) return nullptr;
      if (auto job = queue_.pop()) {
        running_.push_back(*job);
        room_.notify_one();
        return *job;
      }
      (void)work_.wait(forever, mutex_);  // Never ends otherwise: close() notifies.
    }
  }

  void finish(const std::shared_ptr<Job>& job, Result<Recognition> result) SOTTO_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    std::erase(running_, job);
    // Once closed the stop that ended the job was ours, whatever the model says about it.
    if (is_closed_ && !result && result.error().code() == ErrorCode::kCancelled) {
      result = shutting_down();
    }
    job->result.emplace(std::move(result));
    done_.notify_all();
  }

  Result<Recognition> wait(const CallContext& context, Job& job) SOTTO_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (job.is_spent) {
      return Error(ErrorCode::kPreconditionFailed, "asr.ticket_spent",
                   "This segment's result was already handed over.");
    }
    while (!job.result) SOTTO_TRY(done_.wait(context, mutex_));
    job.is_spent = true;
    return std::move(*job.result);
  }

  void cancel(const std::shared_ptr<Job>& job) SOTTO_EXCLUDES(mutex_) {
    job->stop.request_stop();
    const MutexLock lock(mutex_);
    if (!queue_.remove(job)) return;  // Runs and ends by itself, or is done.
    job->result.emplace(job->context.check().error());
    done_.notify_all();
    room_.notify_one();
  }

  void close() SOTTO_EXCLUDES(mutex_) {
    std::vector<std::shared_ptr<Job>> running;
    {
      const MutexLock lock(mutex_);
      is_closed_ = true;
      while (auto job = queue_.pop()) (*job)->result.emplace(shutting_down());
      running = running_;
      done_.notify_all();
      work_.notify_all();
      room_.notify_all();
    }
    // Without the lock: a stop runs its callbacks right here.
    for (const auto& job : running) job->stop.request_stop();
  }

 private:
  const std::size_t queue_max_;
  Mutex mutex_;
  CondVar work_;  // A job came, or closed.
  CondVar room_;  // A place in the queue, or closed.
  CondVar done_;  // A result.
  internal::FairQueue<std::shared_ptr<Job>> queue_ SOTTO_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Job>> running_ SOTTO_GUARDED_BY(mutex_);
  bool is_closed_ SOTTO_GUARDED_BY(mutex_) = false;
};

class PooledRecognizer::JobTicket final : public Ticket {
 public:
  JobTicket(std::shared_ptr<Core> core, std::shared_ptr<Job> job)
      : core_(std::move(core)), job_(std::move(job)) {}
  ~JobTicket() override { core_->cancel(job_); }

  Result<Recognition> wait(const CallContext& context) override {
    return core_->wait(context, *job_);
  }
  void cancel() override { core_->cancel(job_); }

 private:
  std::shared_ptr<Core> core_;
  std::shared_ptr<Job> job_;
};

PooledRecognizer::PooledRecognizer(std::unique_ptr<const Engine> engine, const PoolOptions& options)
    : engine_(std::move(engine)), core_(std::make_shared<Core>(options.queue_max)) {}

PooledRecognizer::~PooledRecognizer() { close(); }

Result<std::unique_ptr<Recognizer>> PooledRecognizer::create(std::unique_ptr<const Engine> engine,
                                                             const PoolOptions& options) {
  SOTTO_TRY(validate(options));
  std::unique_ptr<PooledRecognizer> pool(new PooledRecognizer(std::move(engine), options));
  for (std::size_t i = 0; i < options.worker_count; ++i) {
    pool->workers_.emplace_back([raw = pool.get()] { raw->work(); });
  }
  return std::unique_ptr<Recognizer>(std::move(pool));
}

Result<std::shared_ptr<Ticket>> PooledRecognizer::submit(const CallContext& context,
                                                         AudioSegment segment,
                                                         const DecodeOptions& options) {
  return enqueue(context, std::move(segment), options, true);
}

Result<std::shared_ptr<Ticket>> PooledRecognizer::try_submit(const CallContext& context,
                                                             AudioSegment segment,
                                                             const DecodeOptions& options) {
  return enqueue(context, std::move(segment), options, false);
}

Result<std::shared_ptr<Ticket>> PooledRecognizer::enqueue(const CallContext& context,
                                                          AudioSegment segment,
                                                          const DecodeOptions& options,
                                                          bool may_wait) {
  SOTTO_TRY(context.check());
  SOTTO_TRY(engine_->accepts(segment, options));
  const auto job = std::make_shared<Job>(context, std::move(segment), options);
  SOTTO_TRY(core_->push(job, may_wait));
  return std::static_pointer_cast<Ticket>(std::make_shared<JobTicket>(core_, job));
}

void PooledRecognizer::close() {
  core_->close();
  for (std::jthread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void PooledRecognizer::work() {
  while (const auto job = core_->pop()) {
    const auto queued = since(job->queued_at);
    Result<Recognition> result = [&]() -> Result<Recognition> {
      try {
        SOTTO_TRY(job->context.check());
        return engine_->recognize(job->context, job->segment, job->options);
      } catch (const std::bad_alloc&) {
        // The boundary of one request: it ends here, with everything that it held.
        return Error(ErrorCode::kOverloaded, "asr.out_of_memory",
                     "There is not enough memory to recognise this segment; try again later.");
      }
    }();
    if (result) result->stats.queued = queued;
    // The sound is not needed any more, and the ticket may be kept for long.
    job->segment.samples = {};
    core_->finish(job, std::move(result));
  }
}

}  // namespace sotto::asr
