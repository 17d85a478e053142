// How a connection carries what has no known end: it moves the bytes that a Stream makes and takes.

#include <utility>

#include <boost/asio/post.hpp>

#include "platform/http/internal/connection.h"

namespace sotto::http::internal {
namespace {

using State = IoStep::State;

constexpr std::size_t kIdleOutMax = 256;  // What a silent connection may keep for its next bytes.

}  // namespace

bool Connection::has_stream() const {
  const Response& response = exchange_.response;
  return response.websocket || (send_body_ && (response.events || response.stream));
}

void Connection::begin_stream() {
  const bool chunked = exchange_.request.head.minor_version > 0;
  // Called on any thread, and not after the stream has let go of its maker: the loop outlives that.
  Waker wake = [weak = weak_from_this(), &loop = shard_.loop()] {
    boost::asio::post(loop, [weak] {
      if (const auto self = weak.lock()) self->wake_stream();
    });
  };
  exchange_.request.body = Body();
  exchange_.response.body = {};
  out_ = {};
  out_sent_ = 0;
  stream_ = make_stream(exchange_.response, chunked, shard_.codecs(), std::move(wake));
  enter(Phase::kStream);
  if (shard_.state().is_draining()) stream_->drain();
}

void Connection::wake_stream() {
  if (phase_ == Phase::kStream) pump();
}

bool Connection::advance_stream() {
  if (out_sent_ == out_.size()) {
    out_.clear();
    out_sent_ = 0;
    stream_->produce(out_);
    if (!out_.empty()) enter(Phase::kStream);  // What is sent has its time from here on.
  }
  switch (stream_->state()) {
    case Stream::State::kOpen:
      break;
    case Stream::State::kComplete:
    case Stream::State::kClose:
      if (out_sent_ < out_.size()) return write_stream();
      close_after_ = close_after_ || stream_->state() == Stream::State::kClose;
      leave_stream(true);
      if (close_after_) {
        transport_.shutdown_write();
        in_.consume(in_.bytes().size());
      }
      enter(close_after_ ? Phase::kLinger : Phase::kIdle);
      return true;
    case Stream::State::kCut:
      close();
      return false;
  }
  const bool wrote = write_stream();
  if (phase_ != Phase::kStream) return false;
  const bool read = read_stream();
  return (wrote || read) && phase_ == Phase::kStream;
}

bool Connection::write_stream() {
  if (out_sent_ == out_.size()) {
    if (out_.capacity() > kIdleOutMax) out_ = {};
    return false;
  }
  const IoStep step = transport_.write(std::string_view(out_).substr(out_sent_));
  switch (step.state) {
    case State::kMoved:
      out_sent_ += step.bytes;
      exchange_.bytes_out += step.bytes;
      note_progress(step.bytes);
      return true;
    case State::kWantRead:
    case State::kWantWrite:
      wait(step.state);
      return false;
    case State::kEnd:
    case State::kFailed:
      close();
      return false;
  }
  return false;
}

bool Connection::read_stream() {
  const std::size_t most = stream_->input_max();
  if (!in_.empty() && most > 0 && stream_->consume(in_)) return true;
  if (in_.bytes().size() >= most) return false;
  const IoStep step = transport_.read(in_.room(most));
  switch (step.state) {
    case State::kMoved:
      in_.commit(step.bytes);
      exchange_.bytes_in += step.bytes;
      return true;
    case State::kWantRead:
    case State::kWantWrite:
      in_.release();
      wait(step.state);
      return false;
    case State::kEnd:
    case State::kFailed:
      close();
      return false;
  }
  return false;
}

void Connection::leave_stream(bool complete) {
  exchange_.cut = !complete;
  stream_->end(complete);
  stream_.reset();
  end_exchange();
}

}  // namespace sotto::http::internal
