// How a connection has a large body written to disk while it goes on with nothing else.

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

#include "platform/http/internal/connection.h"

namespace sotto::http::internal {

std::uint64_t Connection::body_bound() const {
  const std::uint64_t most = exchange_.route->options.body_max;
  const SpoolOptions& spool = shard_.state().spool().options();
  return spool.is_on() ? std::min(most, spool.body_max) : most;
}

bool Connection::has_piece_to_spool(bool complete) const {
  const SpoolOptions& spool = shard_.state().spool().options();
  if (!spool.is_on()) return false;
  // Only a whole piece goes to the disk while more is to come: a client that sends byte by byte
  // costs no more of its threads than any other.
  return body_.size() > spool.memory_max || (spooled_ && complete);
}

bool Connection::spool_piece(bool complete) {
  BodySpool& spool = shard_.state().spool();
  if (!spooled_) {
    auto begun = spool.begin();
    if (!begun) {
      refuse(begun.error());
      return true;
    }
    spooled_ = std::move(*begun);
  }
  // As with a handler at work, the machine stands still until the piece is written: nothing is read
  // meanwhile, so that no more than a piece waits here, and the client has to wait, too.
  enter(Phase::kHandler);
  auto submitted = spool.submit([self = shared_from_this(), complete] {
    const ServerState& state = self->shard_.state();
    const CallContext context(std::chrono::steady_clock::now() + state.options().body_timeout,
                              state.stop_token(), self->exchange_.request.id);
    auto written = self->spooled_->append(context, self->body_);
    if (written && complete) written = self->spooled_->finish(context);
    boost::asio::post(self->shard_.loop(), [self, complete, written = std::move(written)] {
      self->piece_spooled(written, complete);
    });
  });
  if (submitted) return false;
  refuse(Error(ErrorCode::kOverloaded, "http.overloaded",
               "Too many large bodies are being received; try again in a moment.")
             .with_cause(std::move(submitted).error()));
  return true;
}

void Connection::piece_spooled(const Result<>& written, bool complete) {
  body_.clear();
  if (phase_ == Phase::kClosed) {
    end_exchange();
    return;
  }
  if (!written) {
    refuse(written.error());
  } else if (!complete) {
    enter(Phase::kBody);
  } else {
    body_ = {};
    body_complete_ = true;
    exchange_.request.body = Body(std::move(spooled_));
    dispatch();
  }
  pump();
}

}  // namespace sotto::http::internal
