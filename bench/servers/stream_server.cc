// What bench/streams.py measures: the server with its standard middleware and three routes that
// Sotto has no real ones of yet. Not part of the product.
//
//   sotto_stream_server ADDRESS:PORT [CERTIFICATE KEY]
//
// It says where it listens, speaks TLS where it is given a certificate, and ends at SIGTERM.
//
//   /small    a small JSON document, on the I/O thread
//   /socket   a WebSocket that sends every message back
//   /events   a stream of events: one at its start, the next whenever /publish is asked for
//   /publish  an event to everybody

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>
#include <unistd.h>
#include <unordered_set>

#include "base/clock.h"
#include "base/mutex.h"
#include "platform/http/events.h"
#include "platform/http/server.h"
#include "platform/http/standard_middleware.h"
#include "platform/http/websocket.h"
#include "platform/runtime/interrupt.h"

namespace {

using namespace std::chrono_literals;
using sotto::CallContext;
using sotto::Result;
namespace http = sotto::http;

class Echo final : public http::WebSocketHandler {
 public:
  void on_open(const std::shared_ptr<http::WebSocketSession>& session) override {
    session_ = session;
  }
  // What a full queue refuses is dropped: the client measures what it gets.
  void on_text(std::string& text) override { (void)session_->send_text(std::move(text)); }
  void on_binary(std::string& bytes) override { (void)session_->send_binary(std::move(bytes)); }
  void on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override {}

 private:
  std::shared_ptr<http::WebSocketSession> session_;
};

/// Everybody who listens to events. Any thread.
class Listeners {
 public:
  std::shared_ptr<http::EventChannel> add() {
    // The channel's end drops it here; what it is known by is its place in memory, not a reference.
    const auto key = std::make_shared<http::EventChannel*>(nullptr);
    auto channel =
        http::EventChannel::create({.on_end = [this, key](http::StreamEnd) { drop(*key); }});
    *key = channel.get();
    const sotto::MutexLock lock(mutex_);
    channels_.insert(channel);
    return channel;
  }
  std::size_t publish() {
    const auto channels = all();
    for (const auto& channel : channels) (void)channel->publish({.data = "tick"});
    return channels.size();
  }

 private:
  std::unordered_set<std::shared_ptr<http::EventChannel>> all() {
    const sotto::MutexLock lock(mutex_);
    return channels_;
  }
  void drop(const http::EventChannel* channel) {
    const sotto::MutexLock lock(mutex_);
    std::erase_if(channels_, [channel](const auto& held) { return held.get() == channel; });
  }

  sotto::Mutex mutex_;
  std::unordered_set<std::shared_ptr<http::EventChannel>> channels_ SOTTO_GUARDED_BY(mutex_);
};

http::Router routes(Listeners& listeners) {
  http::Router router;
  router.add({.pattern = "/small",
              .handler = [](const CallContext&, http::Request&) -> Result<http::Response> {
                return http::Response::json({{"name", "sotto"}, {"version", "0.1.0"}});
              },
              .options = {.immediate = true}});
  router.add({.pattern = "/socket",
              .handler =
                  [](const CallContext&, http::Request& request) {
                    return http::accept_websocket(request, {}, std::make_unique<Echo>());
                  },
              .options = {.immediate = true}});
  router.add({.pattern = "/events",
              .handler = [&](const CallContext&, http::Request& request) -> Result<http::Response> {
                SOTTO_ASSIGN(const std::string seen, http::last_event_id(request));
                auto channel = listeners.add();
                SOTTO_TRY(channel->publish({.id = "1", .data = "hello"}));
                return http::Response::event_stream(std::move(channel));
              },
              .options = {.immediate = true}});
  router.add({.pattern = "/publish",
              .handler = [&](const CallContext&, http::Request&) -> Result<http::Response> {
                return http::Response::json({{"listeners", listeners.publish()}});
              }});
  return router;
}

Result<> serve(std::span<char*> arguments, const std::stop_token& stop) {
  if (arguments.size() != 1 && arguments.size() != 3)
    return sotto::Error(sotto::ErrorCode::kInvalidArgument, "http.bad_options",
                        "Usage: sotto_stream_server ADDRESS:PORT [CERTIFICATE KEY].");
  SOTTO_ASSIGN(http::Endpoint endpoint, http::Endpoint::parse(arguments[0]));
  std::shared_ptr<http::TlsContext> tls;
  if (arguments.size() == 3) {
    SOTTO_ASSIGN(tls, http::TlsContext::create({.certificate = arguments[1], .key = arguments[2]}));
    endpoint.secure = true;
  }
  const sotto::SystemClock clock;
  sotto::obs::Log log(STDERR_FILENO, sotto::obs::LogFormat::kJson, sotto::obs::LogLevel::kInfo,
                      clock);
  sotto::obs::Metrics metrics;
  http::StandardMiddlewareOptions steps{.hosts = {"127.0.0.1", "localhost"}};
  for (auto& rate : steps.rates) rate = {.per_minute = 1e10, .burst = 1e10};
  Listeners listeners;
  SOTTO_ASSIGN(const auto server,
               http::Server::start({.listen = {endpoint}, .tls = tls}, routes(listeners),
                                   http::standard_middleware(steps, log, metrics)));
  std::fprintf(stdout, "%s\n", server->endpoints().front().to_string().c_str());
  std::fflush(stdout);
  sotto::Mutex mutex;
  sotto::CondVar never;
  const CallContext context(CallContext::kNoDeadline, stop);
  const sotto::MutexLock lock(mutex);
  while (never.wait(context, mutex)) {
  }
  server->stop();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto interrupt = sotto::runtime::Interrupt::install();
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(std::max(argc, 1) - 1));
  const auto served =
      interrupt ? serve(arguments, (*interrupt)->token()) : Result<>(interrupt.error());
  if (served) return 0;
  std::fprintf(stderr, "%s\n", served.error().describe().c_str());
  return 1;
}
