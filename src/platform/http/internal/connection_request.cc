// How a connection reads a request: its head, then its body.

#include <algorithm>
#include <utility>

#include "platform/http/internal/connection.h"
#include "platform/http/problem.h"

namespace sotto::http::internal {
namespace {

constexpr std::size_t kBodyPieceMax = std::size_t{16} << 10;

Error body_too_large(std::uint64_t most) {
  return Error(ErrorCode::kTooLarge, "http.body_too_large",
               most == 0 ? "This path takes no body."
                         : "The body is larger than " + std::to_string(most) + " bytes.");
}

}  // namespace

void Connection::begin_exchange() {
  enter(Phase::kHead);
  auto fields = std::move(exchange_.request.head.fields);  // For its memory.
  fields.clear();
  exchange_ = Exchange{.started = phase_began_};
  exchange_.request.head.fields = std::move(fields);
  exchange_.request.peer = peer_;
  exchange_.request.secure = transport_.is_secure();
  exchange_.request.id = shard_.state().next_request_id();
  allowed_.clear();
  body_.clear();
  body_complete_ = false;
  scanned_ = 0;
}

bool Connection::read_head() {
  const HeadLimits& limits = shard_.state().options().head;
  const auto found = find_head(in_.bytes(), scanned_, limits);
  if (!found) {
    refuse(found.error());
    return true;
  }
  const std::optional<std::size_t>& size = *found;
  if (!size) {
    scanned_ = in_.bytes().size();
    return fill(limits.head_max + 1);
  }
  begin_request(*size);
  return true;
}

void Connection::begin_request(std::size_t head_size) {
  ++request_count_;
  head_.assign(in_.bytes().substr(0, head_size));
  in_.consume(head_size);
  if (const auto examined = examine_request(); !examined) {
    refuse(examined.error());  // And close: whatever follows cannot be trusted to be a request.
    return;
  }
  const BodyFraming& framing = exchange_.request.head.framing;
  body_complete_ = !framing.has_body();
  if (!pass_middleware()) return;
  if (body_complete_) {
    dispatch();
    return;
  }
  const std::uint64_t most = body_bound();
  if (framing.content_length > most || (framing.chunked && most == 0)) {
    refuse(body_too_large(most));
    return;
  }
  if (const auto room = shard_.state().spool().check_room(framing.content_length); !room) {
    refuse(room.error());
    return;
  }
  if (exchange_.request.head.expects_continue && in_.empty()) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    if (transport_.write(kContinue).bytes != kContinue.size()) {
      exchange_.cut = true;
      end_exchange();
      close();  // A socket that cannot take these few bytes belongs to a client that reads nothing.
      return;
    }
  }
  body_left_ = framing.content_length;
  chunked_ = ChunkedDecoder();
  enter(Phase::kBody);
}

Result<> Connection::examine_request() {
  Request& request = exchange_.request;
  SOTTO_TRY(parse_head(head_, shard_.state().options().head, request.head));
  SOTTO_ASSIGN(request.target, Target::parse(request.head.target));
  return {};
}

bool Connection::pass_middleware() {
  auto route = shard_.state().router().find(exchange_.request, allowed_);
  if (route) exchange_.route = *route;
  for (const auto& middleware : shard_.state().middleware()) {
    const auto verdict = middleware->on_head(exchange_);
    if (!verdict) {
      refuse(verdict.error());
      return false;
    }
    if (*verdict == Middleware::Verdict::kAnswer) {
      finish_response();
      begin_answer();
      return false;
    }
  }
  if (route) return true;
  if (!allowed_.empty() && exchange_.request.method() == Method::kOptions) {
    exchange_.response = Response::empty().with("Allow", allowed_);
    finish_response();
    begin_answer();
    return false;
  }
  refuse(route.error());
  return false;
}

bool Connection::read_body() {
  const auto complete = take_body_bytes();
  if (!complete) {
    refuse(complete.error());
    return true;
  }
  if (has_piece_to_spool(*complete)) return spool_piece(*complete);
  if (!*complete) return fill(kBodyPieceMax);
  body_complete_ = true;
  exchange_.request.body = Body(std::move(body_));
  body_ = {};
  dispatch();
  return true;
}

Result<bool> Connection::take_body_bytes() {
  const std::uint64_t most = body_bound();
  const std::uint64_t stored = spooled_ ? spooled_->size() : 0;
  const bool is_chunked = exchange_.request.head.framing.chunked;
  while (!in_.empty()) {
    std::string_view data;
    if (is_chunked) {
      SOTTO_ASSIGN(const ChunkedDecoder::Step step, chunked_.feed(in_.bytes()));
      data = step.data;
      body_.append(data);
      in_.consume(step.consumed);
      if (chunked_.done()) return true;
    } else {
      data = in_.bytes().substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, in_.bytes().size())));
      body_.append(data);
      body_left_ -= data.size();
      in_.consume(data.size());
      if (body_left_ == 0) return true;
    }
    exchange_.bytes_in = stored + body_.size();
    if (exchange_.bytes_in > most) return body_too_large(most);
  }
  return false;
}

void Connection::refuse(const Error& error) {
  spooled_.reset();  // Its room on the disk is not kept for a client that is slow to read this.
  exchange_.response = problem(error, exchange_.request.id);
  exchange_.error = error;
  if (!allowed_.empty()) exchange_.response.with("Allow", allowed_);
  finish_response();
  begin_answer();
}

}  // namespace sotto::http::internal
