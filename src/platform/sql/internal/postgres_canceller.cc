#include "platform/sql/internal/postgres_canceller.h"

#include <array>
#include <atomic>
#include <chrono>

#include <libpq-fe.h>

#include "platform/runtime/bounded_queue.h"

namespace sotto::sql::internal {
namespace {

constexpr std::size_t kWaitingMax = 64;
constexpr std::chrono::milliseconds kClosing{1'000};  // What the destructor waits at most.

struct Free {
  void operator()(pg_cancel* request) const { PQfreeCancel(request); }
};

}  // namespace

struct PostgresCanceller::State {
  runtime::BoundedQueue<std::unique_ptr<pg_cancel, Free>> queue{kWaitingMax};
  std::atomic<bool> is_left{false};  // Nothing more is sent: whom it would help has gone.
  Mutex mutex;
  CondVar changed;
  bool has_ended SOTTO_GUARDED_BY(mutex) = false;
};

PostgresCanceller::PostgresCanceller()
    : state_(std::make_shared<State>()), thread_([state = state_] { run(*state); }) {}

PostgresCanceller::~PostgresCanceller() {
  state_->queue.close();
  const CallContext context = CallContext::with_timeout(kClosing);
  const MutexLock lock(state_->mutex);
  while (!state_->has_ended) {
    if (state_->changed.wait(context, state_->mutex)) continue;
    // The thread is in PQcancel, which a server that hangs (its kernel still acknowledges) keeps in
    // recv() for ever, and nothing interrupts it: it goes on at EINTR, and its socket is its own.
    // To let the thread go is safe, since it touches its state alone, of which it has a share, and
    // plain system calls: when the server goes it ends, or else with the process.
    state_->is_left = true;
    thread_.detach();
    return;
  }
}

void PostgresCanceller::cancel(pg_conn* connection) {
  std::unique_ptr<pg_cancel, Free> request(PQgetCancel(connection));
  if (request) static_cast<void>(state_->queue.try_push(std::move(request)).has_value());
}

void PostgresCanceller::run(State& state) {
  const CallContext context(CallContext::kNoDeadline, {});
  while (!state.is_left) {
    const auto next = state.queue.pop(context);
    if (!next || !*next) break;
    std::array<char, 256> why{};
    // Whether it came in time nobody can say anyway.
    static_cast<void>(PQcancel((*next)->get(), why.data(), static_cast<int>(why.size())));
  }
  const MutexLock lock(state.mutex);
  state.has_ended = true;
  state.changed.notify_all();
}

}  // namespace sotto::sql::internal
