#include "platform/sql/internal/postgres_canceller.h"

#include <array>

#include <libpq-fe.h>

namespace sotto::sql::internal {
namespace {

constexpr std::size_t kWaitingMax = 64;

}  // namespace

void PostgresCanceller::Free::operator()(pg_cancel* request) const { PQfreeCancel(request); }

PostgresCanceller::PostgresCanceller() : queue_(kWaitingMax), thread_([this] { run(); }) {}

PostgresCanceller::~PostgresCanceller() { queue_.close(); }

void PostgresCanceller::cancel(pg_conn* connection) {
  std::unique_ptr<pg_cancel, Free> request(PQgetCancel(connection));
  if (request) static_cast<void>(queue_.try_push(std::move(request)).has_value());
}

void PostgresCanceller::run() {
  const CallContext context(CallContext::kNoDeadline, {});
  for (;;) {
    const auto next = queue_.pop(context);
    if (!next) return;
    const auto& request = *next;
    if (!request) return;
    std::array<char, 256> why{};
    // Whether it came in time nobody can say anyway.
    static_cast<void>(PQcancel(request->get(), why.data(), static_cast<int>(why.size())));
  }
}

}  // namespace sotto::sql::internal
