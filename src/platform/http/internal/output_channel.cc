#include "platform/http/internal/output_channel.h"

#include <algorithm>
#include <utility>

namespace sotto::http::internal {

Result<> OutputChannel::check_open() const {
  if (state_ == State::kOpen) return {};
  return Error(ErrorCode::kUnavailable, "http.stream_ended", "The stream has ended.");
}

bool OutputChannel::has_room(std::size_t size) const {
  return count_ < count_max_ && size <= bytes_max_ - waiting_.size();
}

void OutputChannel::append(std::string_view bytes) {
  waiting_.append(bytes);
  ++count_;
  wake();
}

// Under the lock, so that nothing is woken after detach(): the loop that is woken may be gone then.
void OutputChannel::wake() {
  if (!wake_ || std::exchange(woken_, true)) return;
  wake_();
}

Result<> OutputChannel::try_push(std::string_view bytes) {
  const MutexLock lock(mutex_);
  SOTTO_TRY(check_open());
  if (!has_room(bytes.size()))
    return Error(ErrorCode::kOverloaded, "http.stream_full",
                 "The client takes what it is sent too slowly.");
  append(bytes);
  return {};
}

Result<> OutputChannel::push(const CallContext& context, std::string_view bytes) {
  const MutexLock lock(mutex_);
  do {
    const std::string_view piece = bytes.substr(0, bytes_max_);
    SOTTO_TRY(check_open());
    while (!has_room(piece.size())) {
      SOTTO_TRY(taken_.wait(context, mutex_));
      SOTTO_TRY(check_open());
    }
    append(piece);
    bytes.remove_prefix(piece.size());
  } while (!bytes.empty());
  return {};
}

void OutputChannel::finish(State state) {
  const MutexLock lock(mutex_);
  if (state_ != State::kOpen && state != State::kGone) return;
  state_ = state;
  if (state != State::kEnded) waiting_ = {};
  woken_ = false;  // A connection that cannot send right now must hear of it all the same.
  wake();
  taken_.notify_all();
}

OutputChannel::State OutputChannel::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

std::size_t OutputChannel::held() const {
  const MutexLock lock(mutex_);
  return waiting_.size();
}

void OutputChannel::attach(std::function<void()> wake) {
  const MutexLock lock(mutex_);
  wake_ = std::move(wake);
}

void OutputChannel::detach() {
  const MutexLock lock(mutex_);
  wake_ = nullptr;
}

void OutputChannel::take(std::string& out) {
  const MutexLock lock(mutex_);
  woken_ = false;
  count_ = 0;
  if (waiting_.empty()) return;
  if (out.empty())
    out = std::exchange(waiting_, {});
  else
    out.append(std::exchange(waiting_, {}));
  taken_.notify_all();
}

}  // namespace sotto::http::internal
