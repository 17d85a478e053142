#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/http/chunked.h"
#include "platform/http/internal/body_spool.h"
#include "platform/http/internal/read_buffer.h"
#include "platform/http/internal/shard.h"
#include "platform/http/internal/stream.h"
#include "platform/http/internal/transport.h"
#include "platform/http/middleware.h"

namespace sotto::http::internal {

/// One connection: a state machine that reads a request, has it answered, sends the answer, and
/// starts over. Lives on the thread of its shard; only answer_request() runs elsewhere, while the
/// machine stands still in kHandler.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Connection(Shard& shard, runtime::UniqueFd socket, const Address& peer, TlsEnd tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// Enforces the time-outs; the shard calls it a few times a second.
  void sweep(TimePoint now);
  /// Closes where nothing is in flight; otherwise behind the request in work.
  void drain();
  void close();

 private:
  enum class Phase : std::uint8_t {
    kHandshake,
    kIdle,  ///< Between requests: not a byte of the next one yet.
    kHead,
    kBody,
    kHandler,  ///< The handler, or the reading of a piece of its view, is in work.
    kRetry,    ///< The pool was full when a piece was due; the next sweep asks again.
    kAnswer,
    kStream,  ///< Behind the head of an answer whose end is not known: events, a WebSocket.
    kLinger,  ///< Answered before all was read: waits that the client sees the answer.
    kClosed,
  };

  /// Goes on until the socket or a handler has to be waited for.
  void pump();
  /// One step of the machine; false where it has to wait.
  bool advance();
  void enter(Phase phase);

  bool shake_hands();
  /// Waits for the first bytes of a request; false where there are none yet, or it closed.
  bool await_request();
  void begin_exchange();
  bool read_head();
  void begin_request(std::size_t head_size);
  Result<> examine_request();
  bool pass_middleware();
  bool read_body();
  Result<bool> take_body_bytes();
  /// What the route and the spool allow.
  std::uint64_t body_bound() const;
  bool has_piece_to_spool(bool complete) const;
  /// Has body_ written to disk; false where that has to be waited for.
  bool spool_piece(bool complete);
  void piece_spooled(const Result<>& written, bool complete);
  void dispatch();
  /// Runs middleware and handler; on the pool's thread unless the route is immediate.
  void answer_request();
  void refuse(const Error& error);
  /// The answer is known: middleware, conditions and ranges, then its head into out_.
  void finish_response();
  void begin_answer();
  bool send_answer();
  void fetch_piece();
  /// The next bytes of the view into out_; on the pool's thread.
  Result<std::size_t> read_piece(std::size_t size);
  void end_exchange();

  bool has_stream() const;
  void begin_stream();
  bool advance_stream();
  bool write_stream();
  bool read_stream();
  /// Leaves the stream; nothing of it is called any more. `complete`: all was sent.
  void leave_stream(bool complete);
  void wake_stream();

  /// Reads what there is; false where that has to be waited for or the connection ended.
  bool fill(std::size_t size_max);
  bool linger();
  void wait(IoStep::State want);
  void note_progress(std::uint64_t bytes);
  void time_out();
  bool too_slow(TimePoint now) const;

  Shard& shard_;
  const Address peer_;
  Transport transport_;
  Phase phase_ = Phase::kHandshake;
  TimePoint phase_began_;
  TimePoint progressed_;
  TimePoint drained_;  // When the drain of the server met us; long ago until then.
  std::uint64_t phase_bytes_ = 0;
  std::uint64_t request_count_ = 0;

  ReadBuffer in_;
  std::size_t scanned_ = 0;  // Bytes of in_ that find_head() saw.
  std::string head_;         // The bytes that the request's head is a view of.
  Exchange exchange_;
  std::string allowed_;
  ChunkedDecoder chunked_;
  std::string body_;  // All of a small body, or a piece on its way to the disk.
  std::unique_ptr<SpooledBody> spooled_;
  std::uint64_t body_left_ = 0;
  bool body_complete_ = true;

  std::string out_;  // Head of the answer and its small body, or a piece of its view.
  std::size_t out_sent_ = 0;
  std::size_t body_sent_ = 0;  // Of response.body, where it is not in out_.
  bool send_body_ = false;
  std::uint64_t view_offset_ = 0;
  std::uint64_t view_end_ = 0;
  bool close_after_ = false;
  bool waits_read_ = false;  // At most one wait each way.
  bool waits_write_ = false;
  std::unique_ptr<Stream> stream_;  // In kStream.
};

}  // namespace sotto::http::internal
