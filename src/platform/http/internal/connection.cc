#include "platform/http/internal/connection.h"

#include <algorithm>
#include <utility>

namespace sotto::http::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using State = IoStep::State;

constexpr milliseconds kLingerTime{2'000};
constexpr std::uint64_t kLingerBytesMax = std::uint64_t{1} << 20;
// What a head that has begun gets to come whole once the server stops.
constexpr milliseconds kHeadWhileDraining{1'000};
constexpr int kStepsInTurn = 64;  // Then other connections of the shard have theirs.

}  // namespace

Connection::Connection(Shard& shard, runtime::UniqueFd socket, const Address& peer, TlsEnd tls)
    : shard_(shard), peer_(peer), transport_(shard.loop(), std::move(socket), std::move(tls)) {}

Connection::~Connection() { shard_.state().leave(peer_); }

void Connection::start() {
  enter(Phase::kHandshake);
  pump();
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  phase_bytes_ = 0;
  phase_began_ = progressed_ = steady_clock::now();
}

void Connection::note_progress(std::uint64_t bytes) {
  phase_bytes_ += bytes;
  progressed_ = steady_clock::now();
}

void Connection::pump() {
  for (int steps = 0; advance(); ++steps) {
    if (steps < kStepsInTurn) continue;
    boost::asio::post(shard_.loop(), [self = shared_from_this()] { self->pump(); });
    return;
  }
}

bool Connection::advance() {
  switch (phase_) {
    case Phase::kHandshake:
      return shake_hands();
    case Phase::kIdle:
      if (in_.empty() && !await_request()) return false;
      begin_exchange();
      return true;
    case Phase::kHead:
      return read_head();
    case Phase::kBody:
      return read_body();
    case Phase::kAnswer:
      return send_answer();
    case Phase::kStream:
      return advance_stream();
    case Phase::kLinger:
      return linger();
    case Phase::kHandler:
    case Phase::kRetry:
    case Phase::kClosed:
      return false;
  }
  return false;
}

bool Connection::shake_hands() {
  const IoStep step = transport_.handshake();
  switch (step.state) {
    case State::kMoved:
      enter(Phase::kIdle);
      return true;
    case State::kWantRead:
    case State::kWantWrite:
      wait(step.state);
      return false;
    case State::kEnd:
    case State::kFailed:
      break;
  }
  if (!transport_.met_plain_text()) {
    close();
    return false;
  }
  transport_.drop_tls();
  begin_exchange();
  refuse(Error(ErrorCode::kInvalidArgument, "http.plain_on_tls_port",
               "This port speaks TLS: ask for https:// instead of http://."));
  return true;
}

bool Connection::fill(std::size_t size_max) {
  const IoStep step = transport_.read(in_.room(size_max));
  switch (step.state) {
    case State::kMoved:
      in_.commit(step.bytes);
      note_progress(step.bytes);
      return true;
    case State::kWantRead:
    case State::kWantWrite:
      if (in_.empty()) in_.release();
      wait(step.state);
      return false;
    case State::kEnd:
    case State::kFailed:
      if (phase_ == Phase::kBody) {
        exchange_.cut = true;
        end_exchange();
      }
      close();
      return false;
  }
  return false;
}

void Connection::wait(IoStep::State want) {
  bool Connection::*const waits =
      want == State::kWantWrite ? &Connection::waits_write_ : &Connection::waits_read_;
  if (std::exchange(this->*waits, true)) return;
  transport_.wait(want, [self = shared_from_this(), waits](boost::system::error_code failure) {
    (*self).*waits = false;
    if (!failure) self->pump();
  });
}

bool Connection::linger() {
  // Unread bytes at close() make the kernel send a reset, which can overtake the answer.
  const IoStep step = transport_.read(in_.room(shard_.state().options().head.head_max));
  in_.consume(in_.bytes().size());
  switch (step.state) {
    case State::kMoved:
      phase_bytes_ += step.bytes;
      if (phase_bytes_ <= kLingerBytesMax) return true;
      break;
    case State::kWantRead:
    case State::kWantWrite:
      wait(step.state);
      return false;
    case State::kEnd:
    case State::kFailed:
      break;
  }
  close();
  return false;
}

bool Connection::too_slow(TimePoint now) const {
  const ServerOptions& options = shard_.state().options();
  const auto elapsed = now - phase_began_;
  if (elapsed <= options.rate_grace) return false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  return phase_bytes_ < options.rate_min * static_cast<std::uint64_t>(seconds);
}

void Connection::sweep(TimePoint now) {
  const ServerOptions& options = shard_.state().options();
  bool late = false;
  switch (phase_) {
    case Phase::kHandshake:
    case Phase::kHead:
      late = now - phase_began_ > options.header_timeout ||
             (shard_.state().is_draining() &&
              now - std::max(phase_began_, drained_) > kHeadWhileDraining);
      break;
    case Phase::kIdle:
      late = now - phase_began_ >
             (request_count_ == 0 ? options.header_timeout : options.idle_timeout);
      break;
    case Phase::kBody:
      late = now - progressed_ > options.body_timeout || too_slow(now);
      break;
    case Phase::kAnswer:
      late = now - progressed_ > options.write_timeout || too_slow(now);
      break;
    case Phase::kStream:
      if (out_sent_ < out_.size())
        late = now - progressed_ > options.write_timeout || too_slow(now);
      if (!late && stream_->sweep(now)) pump();
      break;
    case Phase::kLinger:
      late = now - phase_began_ > kLingerTime;
      break;
    case Phase::kRetry:
      fetch_piece();
      break;
    case Phase::kHandler:
    case Phase::kClosed:
      break;
  }
  if (late) time_out();
}

void Connection::time_out() {
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    const bool head = phase_ == Phase::kHead;
    refuse(Error(ErrorCode::kDeadlineExceeded, head ? "http.header_timeout" : "http.body_timeout",
                 head ? "The head of the request took too long."
                      : "The body of the request came too slowly."));
    pump();
    return;
  }
  if (phase_ == Phase::kAnswer) {
    exchange_.cut = true;
    end_exchange();
  }
  close();
}

bool Connection::await_request() {
  const std::size_t size_max = shard_.state().options().head.head_max;
  if (!shard_.state().is_draining()) {
    in_.release();
    return fill(size_max);
  }
  // What was sent before the stop is answered; nothing more is waited for.
  const IoStep step = transport_.read(in_.room(size_max));
  if (step.state != State::kMoved) {
    close();
    return false;
  }
  in_.commit(step.bytes);
  note_progress(step.bytes);
  return true;
}

void Connection::drain() {
  drained_ = steady_clock::now();
  if (phase_ == Phase::kStream) {
    stream_->drain();
    pump();
    return;
  }
  if (phase_ == Phase::kHandshake) close();
  if (phase_ == Phase::kIdle) pump();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kStream) leave_stream(false);
  if (phase_ == Phase::kHandler || phase_ == Phase::kRetry) exchange_.cut = true;
  enter(Phase::kClosed);
  transport_.close();
  shard_.forget(shared_from_this());
}

}  // namespace sotto::http::internal
