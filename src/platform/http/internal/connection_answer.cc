// How a connection has a request answered, and sends the answer.

#include <array>
#include <charconv>
#include <exception>
#include <new>
#include <ranges>
#include <utility>

#include <boost/asio/post.hpp>

#include "platform/http/conditions.h"
#include "platform/http/internal/connection.h"
#include "platform/http/problem.h"
#include "platform/http/status.h"

namespace sotto::http::internal {
namespace {

using State = IoStep::State;

constexpr std::size_t kInlineBodyMax = std::size_t{16} << 10;  // Copied behind its head.
constexpr std::size_t kPieceSize = std::size_t{64} << 10;

/// A field line; what could end the line early never comes from our code, and is taken out.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  out.append("\r\n");
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool has_no_content(int status) { return status == 204 || status == 304 || status < 200; }

bool is_chunked(const Exchange& exchange) {
  return exchange.request.head.minor_version > 0;  // HTTP/1.0 knows no other end than the close.
}

/// Whether only the end of the connection ends the answer.
bool ends_with_connection(const Exchange& exchange) {
  const Response& response = exchange.response;
  return response.events != nullptr || (response.stream != nullptr && !is_chunked(exchange));
}

void append_stream_fields(std::string& out, const Exchange& exchange) {
  if (is_chunked(exchange)) out.append("Transfer-Encoding: chunked\r\n");
  if (!exchange.response.events) return;
  out.append("X-Accel-Buffering: no\r\n");  // nginx would hold events back until it has plenty.
  if (exchange.response.prepared_fields.find("Cache-Control:") == std::string_view::npos)
    out.append("Cache-Control: no-store\r\n");
}

Error out_of_memory() {
  return Error(ErrorCode::kOverloaded, "http.out_of_memory",
               "There was not enough memory to answer; try again later.");
}

}  // namespace

void Connection::dispatch() {
  enter(Phase::kHandler);
  if (exchange_.route->options.immediate) {
    answer_request();
    begin_answer();
    return;
  }
  auto submitted = shard_.state().pool().submit([self = shared_from_this()] {
    self->answer_request();
    boost::asio::post(self->shard_.loop(), [self] {
      if (self->phase_ == Phase::kClosed) {
        self->end_exchange();
        return;
      }
      self->begin_answer();
      self->pump();
    });
  });
  if (!submitted)
    refuse(Error(ErrorCode::kOverloaded, "http.overloaded",
                 "Too many requests are waiting; try again in a moment."));
}

void Connection::answer_request() {
  const auto deadline = std::chrono::steady_clock::now() + exchange_.route->options.timeout;
  const CallContext context(deadline, shard_.state().stop().get_token(), exchange_.request.id);
  const auto answer = [&]() -> Result<Response> {
    for (const auto& middleware : shard_.state().middleware())
      SOTTO_TRY(middleware->on_request(context, exchange_));
    return exchange_.route->handler(context, exchange_.request);
  };
  try {
    auto response = answer();
    if (response) {
      exchange_.response = std::move(*response);
    } else {
      exchange_.error = response.error();
      exchange_.response = problem(response.error(), exchange_.request.id);
    }
  } catch (const std::bad_alloc&) {
    exchange_.error = out_of_memory();
    exchange_.response = problem(*exchange_.error, exchange_.request.id);
  }
  finish_response();
}

void Connection::finish_response() {
  apply_conditions(exchange_.request, exchange_.response);
  for (const auto& middleware : std::views::reverse(shard_.state().middleware()))
    middleware->on_response(exchange_);
}

void Connection::begin_answer() {
  Response& response = exchange_.response;
  const bool no_content = has_no_content(response.status);
  send_body_ = exchange_.request.method() != Method::kHead && !no_content;
  close_after_ = response.close || !exchange_.request.head.keep_alive || !body_complete_ ||
                 shard_.state().is_draining() || ends_with_connection(exchange_) ||
                 request_count_ >= shard_.state().options().requests_per_connection_max;

  const std::uint64_t size = response.view ? response.view_length() : response.body.size();
  out_.clear();
  out_.append("HTTP/1.1 ");
  append_number(out_, static_cast<std::uint64_t>(response.status));
  out_.append(" ").append(phrase(response.status)).append("\r\n");
  out_.append(shard_.date_line());
  if (!no_content) {
    if (!response.content_type.empty()) append_field(out_, "Content-Type", response.content_type);
    if (response.events || response.stream) {
      append_stream_fields(out_, exchange_);
    } else {
      out_.append("Content-Length: ");
      append_number(out_, size);
      out_.append("\r\n");
    }
  }
  if (!response.etag.empty()) append_field(out_, "ETag", response.etag);
  for (const auto& [name, value] : response.fields) append_field(out_, name, value);
  out_.append(response.prepared_fields);
  if (response.websocket)
    out_.append("Connection: Upgrade\r\n");
  else if (close_after_)
    out_.append("Connection: close\r\n");
  else if (exchange_.request.head.minor_version == 0)
    out_.append("Connection: keep-alive\r\n");
  out_.append("\r\n");

  out_sent_ = body_sent_ = 0;
  view_offset_ = response.view_first;
  view_end_ = response.view ? response.view_first + size : response.view_first;
  if (!send_body_) {
    view_end_ = view_offset_;
    body_sent_ = response.body.size();
  } else if (response.body.size() <= kInlineBodyMax) {
    out_.append(response.body);
    body_sent_ = response.body.size();
  }
  exchange_.bytes_out = 0;
  enter(Phase::kAnswer);
}

bool Connection::send_answer() {
  const std::string_view head = std::string_view(out_).substr(out_sent_);
  const std::string_view body = std::string_view(exchange_.response.body).substr(body_sent_);
  if (head.empty() && body.empty()) {
    if (view_offset_ < view_end_) {
      fetch_piece();
      return phase_ == Phase::kAnswer;
    }
    if (has_stream()) {
      begin_stream();
      return true;
    }
    end_exchange();
    if (!close_after_) {
      enter(Phase::kIdle);
    } else {
      transport_.shutdown_write();
      in_.consume(in_.bytes().size());
      enter(Phase::kLinger);
    }
    return true;
  }
  const IoStep step = transport_.write(head, body);
  switch (step.state) {
    case State::kMoved: {
      const std::size_t of_head = std::min(step.bytes, head.size());
      out_sent_ += of_head;
      body_sent_ += step.bytes - of_head;
      exchange_.bytes_out += step.bytes;
      note_progress(step.bytes);
      return true;
    }
    case State::kWantRead:
    case State::kWantWrite:
      wait(step.state);
      return false;
    case State::kEnd:
    case State::kFailed:
      exchange_.cut = true;
      end_exchange();
      close();
      return false;
  }
  return false;
}

void Connection::fetch_piece() {
  enter(Phase::kHandler);
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(kPieceSize, view_end_ - view_offset_));
  auto submitted = shard_.state().pool().submit([self = shared_from_this(), size] {
    auto read = self->read_piece(size);
    boost::asio::post(self->shard_.loop(), [self, read = std::move(read)] {
      const std::size_t got = read ? *read : 0;
      if (got == 0 || self->phase_ == Phase::kClosed) {
        // The length was promised: all that can be done about a failure is to cut the answer.
        if (!read) self->exchange_.error = read.error();
        self->exchange_.cut = true;
        self->end_exchange();
        self->close();
        return;
      }
      self->out_.resize(got);
      self->out_sent_ = 0;
      self->view_offset_ += got;
      self->enter(Phase::kAnswer);
      self->pump();
    });
  });
  if (!submitted) enter(Phase::kRetry);
}

Result<std::size_t> Connection::read_piece(std::size_t size) {
  const auto deadline = std::chrono::steady_clock::now() + exchange_.route->options.timeout;
  const CallContext context(deadline, shard_.state().stop().get_token(), exchange_.request.id);
  try {
    out_.resize(size);
    return exchange_.response.view->read(context, view_offset_,
                                         std::as_writable_bytes(std::span(out_)));
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

void Connection::end_exchange() {
  for (const auto& middleware : shard_.state().middleware()) middleware->on_end(exchange_);
  abandon_stream(exchange_.response);
  exchange_.response = Response{};  // Its memory and its view are not kept for an idle client.
  exchange_.request.body = Body();
  spooled_.reset();
  if (out_.capacity() > kInlineBodyMax) out_ = {};
}

}  // namespace sotto::http::internal
