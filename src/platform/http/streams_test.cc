// Events, bodies made over time and WebSockets over real sockets of the loopback.
#include <atomic>
#include <fcntl.h>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mutex.h"
#include "platform/http/body_channel.h"
#include "platform/http/events.h"
#include "platform/http/server.h"
#include "platform/http/standard_middleware.h"
#include "platform/http/testing/raw_client.h"
#include "platform/http/testing/websocket_frames.h"
#include "platform/http/websocket.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHandshake =
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Sends every message back; "close" closes.
class Echo final : public WebSocketHandler {
 public:
  explicit Echo(std::atomic<int>& closed_code) : closed_code_(closed_code) {}
  void on_open(const std::shared_ptr<WebSocketSession>& session) override { session_ = session; }
  void on_text(std::string& text) override {
    if (text == "close") session_->close(4000, "as asked");
    (void)session_->send_text(std::move(text));
  }
  void on_binary(std::string& bytes) override { (void)session_->send_binary(std::move(bytes)); }
  void on_close(std::uint16_t code, std::string_view /*reason*/) override { closed_code_ = code; }

 private:
  std::atomic<int>& closed_code_;
  std::shared_ptr<WebSocketSession> session_;
};

class Streams : public testing::Test {
 protected:
  void start(ServerOptions options = {}, std::vector<std::unique_ptr<Middleware>> middleware = {}) {
    options.listen = {Endpoint{.address = "127.0.0.1"}};
    auto started = Server::start(std::move(options), table(), std::move(middleware));
    ASSERT_TRUE(started) << started.error().describe();
    server_ = std::move(*started);
  }

  Router table() {
    Router router;
    router.add({.pattern = "/hello",
                .handler = [](const CallContext&, Request&) -> Result<Response> {
                  return Response::text("hello");
                },
                .options = {.immediate = true}});
    router.add({.pattern = "/events",
                .handler = [this](const CallContext&, Request& request) -> Result<Response> {
                  SOTTO_ASSIGN(const std::string id, last_event_id(request));
                  auto channel = EventChannel::create(
                      {.heartbeat = heartbeat_, .on_end = [this](StreamEnd end) { note(end); }});
                  SOTTO_TRY(channel->publish({.id = "1", .data = "after " + id}));
                  give(channel);
                  return Response::event_stream(std::move(channel));
                }});
    router.add(
        {.pattern = "/body", .handler = [this](const CallContext&, Request&) -> Result<Response> {
           auto channel = BodyChannel::create(
               {.bytes_max = 64 * 1024, .on_end = [this](StreamEnd end) { note(end); }});
           give_body(channel);
           return Response::streamed(std::move(channel), "text/csv");
         }});
    router.add({.pattern = "/socket",
                .handler = [this](const CallContext&, Request& request) -> Result<Response> {
                  return accept_websocket(request, socket_options_,
                                          std::make_unique<Echo>(closed_code_));
                }});
    return router;
  }

  void give(const std::shared_ptr<EventChannel>& channel) {
    const MutexLock lock(mutex_);
    events_ = channel;
    changed_.notify_all();
  }
  void give_body(const std::shared_ptr<BodyChannel>& channel) {
    const MutexLock lock(mutex_);
    body_ = channel;
    changed_.notify_all();
  }
  void note(StreamEnd end) {
    const MutexLock lock(mutex_);
    end_ = end;
    changed_.notify_all();
  }
  StreamEnd wait_end() {
    const auto context = CallContext::with_timeout(seconds(10));
    const MutexLock lock(mutex_);
    while (!end_ && changed_.wait(context, mutex_)) {
    }
    return end_.value();
  }
  std::shared_ptr<EventChannel> events() {
    const MutexLock lock(mutex_);
    return events_;
  }
  std::shared_ptr<BodyChannel> body() {
    const MutexLock lock(mutex_);
    return body_;
  }
  const Endpoint& endpoint() const { return server_->endpoints().front(); }

  std::string get(std::string_view path, std::string_view fields = {},
                  std::string_view version = "1.1") {
    return "GET " + std::string(path) + " HTTP/" + std::string(version) + "\r\nHost: here\r\n" +
           std::string(fields) + "\r\n";
  }
  std::string answer(std::string_view request) { return RawClient::exchange(endpoint(), request); }
  /// A client that has become a WebSocket.
  RawClient connect(std::string_view fields = {}) {
    RawClient client(endpoint());
    client.send(get("/socket", std::string(kHandshake) + std::string(fields)));
    EXPECT_EQ(status_of_answer(client.receive_until("\r\n\r\n")), 101);
    return client;
  }

  Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<EventChannel> events_;
  std::shared_ptr<BodyChannel> body_;
  std::optional<StreamEnd> end_;
  milliseconds heartbeat_{15'000};
  WebSocketOptions socket_options_;
  std::atomic<int> closed_code_{0};
  std::unique_ptr<Server> server_;  // Last: its handlers use what stands above.
};

TEST_F(Streams, SendEventsAsTheyArePublished) {
  start();
  RawClient client(endpoint());
  client.send(get("/events", "Last-Event-ID: 41\r\n"));
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_EQ(status_of_answer(head), 200);
  EXPECT_EQ(field_of_answer(head, "Content-Type"), "text/event-stream");
  EXPECT_EQ(field_of_answer(head, "Cache-Control"), "no-store");
  EXPECT_EQ(field_of_answer(head, "X-Accel-Buffering"), "no");
  EXPECT_EQ(field_of_answer(head, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(field_of_answer(head, "Content-Length"), "");
  EXPECT_THAT(client.receive_until("\n\n\r\n"), HasSubstr("id: 1\ndata: after 41\n\n"));
  ASSERT_TRUE(events()->publish({.data = "now"}));
  EXPECT_EQ(client.receive_until("\n\n\r\n"), "b\r\ndata: now\n\n\r\n");
  events()->end();
  EXPECT_EQ(client.receive_all(), "0\r\n\r\n");
  EXPECT_EQ(wait_end(), StreamEnd::kFinished);
}

TEST_F(Streams, SayOnceThatEventsAreNotKept) {
  obs::Metrics metrics;
  const SystemClock clock;
  const runtime::UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  obs::Log log(nowhere.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock);
  start({}, standard_middleware({.hosts = {"here"}}, log, metrics));
  RawClient client(endpoint());
  client.send(get("/events"));
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_EQ(head.find("Cache-Control"), head.rfind("Cache-Control"));
  EXPECT_EQ(field_of_answer(head, "Cache-Control"), "no-store");
  client.finish_sending();
  server_.reset();  // Before the log that its middleware writes to.
}

TEST_F(Streams, RefuseABadLastEventId) {
  start();
  const std::string refused = answer(get("/events", "Last-Event-ID: \xff\r\n"));
  EXPECT_EQ(status_of_answer(refused), 400);
  EXPECT_THAT(refused, HasSubstr("http.bad_last_event_id"));
}

TEST_F(Streams, KeepProxiesAwake) {
  heartbeat_ = milliseconds(50);
  start();
  RawClient client(endpoint());
  client.send(get("/events"));
  EXPECT_THAT(client.receive_until("3\r\n:\n\n\r\n"), HasSubstr("3\r\n:\n\n\r\n"));
}

TEST_F(Streams, NoticeAClientThatLeaves) {
  start();
  {
    RawClient client(endpoint());
    client.send(get("/events"));
    client.receive_until("\n\n\r\n");
  }
  EXPECT_EQ(wait_end(), StreamEnd::kClientLeft);
  EXPECT_FALSE(events()->is_open());
}

TEST_F(Streams, CutAClientThatReadsNoEvents) {
  start();
  RawClient client(endpoint());
  client.send(get("/events"));
  client.receive_until("\n\n\r\n");
  const std::string data(10'000, 'x');
  Result<> published;
  // What the sockets hold is taken; then the queue fills, and the client is cut off.
  while (published) published = events()->publish({.data = data});
  EXPECT_EQ(wait_end(), StreamEnd::kTooSlow);
}

TEST_F(Streams, CutAClientThatTakesNothingForTooLong) {
  start({.write_timeout = milliseconds(100)});
  RawClient client(endpoint());
  client.send(get("/body"));
  client.receive_until("\r\n\r\n");
  auto writer = std::async(std::launch::async, [this] {
    const auto context = CallContext::with_timeout(seconds(20));
    const std::string bytes(10'000, 'x');
    Result<> written;
    while (written) written = body()->write(context, bytes);
    return written.error().reason();
  });
  EXPECT_EQ(writer.get(), "http.stream_ended");
  EXPECT_EQ(wait_end(), StreamEnd::kClientLeft);
}

TEST_F(Streams, EndEventsWhenTheServerStops) {
  start();
  RawClient client(endpoint());
  client.send(get("/events"));
  client.receive_until("\n\n\r\n");
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_EQ(client.receive_all(), "0\r\n\r\n");
  client.finish_sending();
  stopped.get();
  EXPECT_EQ(wait_end(), StreamEnd::kServerStops);
}

TEST_F(Streams, AnswerHeadWithoutAStream) {
  start();
  RawClient client(endpoint());
  client.send("HEAD /events HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(status_of_answer(client.receive(true)), 200);
  EXPECT_EQ(wait_end(), StreamEnd::kClientLeft);
  EXPECT_FALSE(events()->is_open());
}

TEST_F(Streams, SendABodyOfUnknownLengthAndKeepTheConnection) {
  start();
  RawClient client(endpoint());
  client.send(get("/body") + get("/hello"));
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_EQ(field_of_answer(head, "Content-Type"), "text/csv");
  EXPECT_EQ(field_of_answer(head, "Transfer-Encoding"), "chunked");
  ASSERT_TRUE(body()->try_write("a,b\n"));
  EXPECT_EQ(client.receive_until("\n\r\n"), "4\r\na,b\n\r\n");
  body()->end();
  EXPECT_EQ(client.receive_bytes(5), "0\r\n\r\n");
  EXPECT_EQ(body_of_answer(client.receive()), "hello");
  EXPECT_EQ(wait_end(), StreamEnd::kFinished);
}

TEST_F(Streams, SendABodyToHttp10UntilTheClose) {
  start();
  RawClient client(endpoint());
  client.send(get("/body", "Connection: keep-alive\r\n", "1.0"));
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_EQ(field_of_answer(head, "Transfer-Encoding"), "");
  EXPECT_EQ(field_of_answer(head, "Connection"), "close");
  ASSERT_TRUE(body()->try_write("all"));
  body()->end();
  EXPECT_EQ(client.receive_all(), "all");
}

TEST_F(Streams, CutABodyThatCannotBeFinished) {
  start();
  RawClient client(endpoint());
  client.send(get("/body"));
  client.receive_until("\r\n\r\n");
  ASSERT_TRUE(body()->try_write("half"));
  EXPECT_EQ(client.receive_bytes(9), "4\r\nhalf\r\n");
  body()->fail();
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(wait_end(), StreamEnd::kFailed);
}

TEST_F(Streams, HoldBackAWriterUntilTheClientReads) {
  start();
  RawClient client(endpoint());
  client.send(get("/body"));
  client.receive_until("\r\n\r\n");
  constexpr std::size_t kCount = 2'000;
  auto writer = std::async(std::launch::async, [this] {
    const auto context = CallContext::with_timeout(seconds(60));
    for (std::size_t i = 0; i < kCount; ++i)
      if (!body()->write(context, std::string(10'000, 'x'))) return false;
    body()->end();
    return true;
  });
  const std::string all = client.receive_until("\r\n0\r\n\r\n");
  EXPECT_TRUE(writer.get());
  EXPECT_EQ(static_cast<std::size_t>(std::count(all.begin(), all.end(), 'x')), kCount * 10'000);
}

TEST_F(Streams, BecomeAWebSocket) {
  socket_options_.protocols = {"sotto.v1"};
  start();
  RawClient client(endpoint());
  client.send(get("/socket", std::string(kHandshake) +
                                 "Sec-WebSocket-Protocol: other, sotto.v1\r\n" +
                                 "Sec-WebSocket-Extensions: permessage-deflate\r\n") +
              client_frame(kFinalText, "early"));
  const std::string head = client.receive_until("\r\n\r\n");
  EXPECT_EQ(status_of_answer(head), 101);
  EXPECT_EQ(field_of_answer(head, "Connection"), "Upgrade");
  EXPECT_EQ(field_of_answer(head, "Upgrade"), "websocket");
  EXPECT_EQ(field_of_answer(head, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(field_of_answer(head, "Sec-WebSocket-Protocol"), "sotto.v1");
  EXPECT_EQ(field_of_answer(head, "Sec-WebSocket-Extensions"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_EQ(field_of_answer(head, "Content-Length"), "");
  EXPECT_EQ(client.receive_bytes(7),
            "\x81\x05"
            "early");
}

TEST_F(Streams, DoNotCompressWhereThatIsOff) {
  socket_options_.compression = false;
  start();
  EXPECT_THAT(answer(get("/socket", std::string(kHandshake) +
                                        "Sec-WebSocket-Extensions: permessage-deflate\r\n")),
              Not(HasSubstr("Sec-WebSocket-Extensions")));
}

TEST_F(Streams, EchoLargeMessages) {
  start();
  RawClient client = connect();
  const std::string large(1'000'000, 'y');
  client.send(client_frame(kFinalBinary, large));
  EXPECT_EQ(client.receive_bytes(10 + large.size()).substr(10), large);
}

TEST_F(Streams, CloseTogetherWithTheClient) {
  start();
  RawClient client = connect();
  client.send(client_frame(kFinalClose, close_text(1000, "bye")));
  EXPECT_EQ(client.receive_all(),
            "\x88\x05\x03\xe8"
            "bye");
  while (server_->connection_count() > 0 && client.is_closed()) client.finish_sending();
  EXPECT_EQ(closed_code_, 1000);
}

TEST_F(Streams, CloseBeforeTheClient) {
  start();
  RawClient client = connect();
  client.send(client_frame(kFinalText, "close"));
  EXPECT_EQ(client.receive_bytes(12),
            "\x88\x0a\x0f\xa0"
            "as asked");
  client.send(client_frame(kFinalClose, close_text(4000)));
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(Streams, AnswerABadFrameAndClose) {
  start();
  RawClient client = connect();
  client.send(std::string_view("\x81\x02hi", 4));
  const std::string closed = client.receive_all();
  EXPECT_EQ(closed.substr(2, 2), "\x03\xea");
  EXPECT_THAT(closed, HasSubstr("masked"));
  client.finish_sending();
  while (server_->connection_count() > 0) std::this_thread::yield();
  EXPECT_EQ(closed_code_, 1002);
}

TEST_F(Streams, TellAWebSocketThatTheServerStops) {
  start();
  RawClient client = connect();
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_THAT(client.receive_bytes(4), testing::EndsWith("\x03\xe9"));
  client.send(client_frame(kFinalClose, close_text(1001)));
  client.receive_all();
  client.finish_sending();
  stopped.get();
  EXPECT_EQ(closed_code_, 1001);
}

TEST_F(Streams, CutADeadWebSocket) {
  socket_options_.ping_interval = milliseconds(50);
  socket_options_.pong_timeout = milliseconds(50);
  start();
  RawClient client = connect();
  EXPECT_EQ(client.receive_all(), std::string("\x89\0", 2));
  while (server_->connection_count() > 0) std::this_thread::yield();
  EXPECT_EQ(closed_code_, kCloseAbnormal);
}

TEST_F(Streams, RefuseHandshakesThatAreNone) {
  start();
  struct Row {
    const char* what;
    std::string request;
    int status;
    const char* reason;
  };
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::vector<Row> rows{
      {"plain request", get("/socket"), 426, "http.upgrade_required"},
      {"no Connection", get("/socket", "Upgrade: websocket\r\n" + version + key), 426,
       "http.upgrade_required"},
      {"no Upgrade", get("/socket", "Connection: Upgrade\r\n" + version + key), 426,
       "http.upgrade_required"},
      {"another upgrade", get("/socket", "Connection: Upgrade\r\nUpgrade: h2c\r\n" + version + key),
       426, "http.upgrade_required"},
      {"HTTP/1.0", get("/socket", kHandshake, "1.0"), 426, "http.upgrade_required"},
      {"no version", get("/socket", upgrade + key), 426, "http.upgrade_required"},
      {"version 8", get("/socket", upgrade + "Sec-WebSocket-Version: 8\r\n" + key), 426,
       "http.upgrade_required"},
      {"no key", get("/socket", upgrade + version), 400, "http.bad_handshake"},
      {"two keys", get("/socket", upgrade + version + key + key), 400, "http.bad_handshake"},
      {"short key", get("/socket", upgrade + version + "Sec-WebSocket-Key: YQ==\r\n"), 400,
       "http.bad_handshake"},
      {"bad protocol", get("/socket", std::string(kHandshake) + "Sec-WebSocket-Protocol: a b\r\n"),
       400, "http.bad_handshake"},
      {"bad extension",
       get("/socket", std::string(kHandshake) + "Sec-WebSocket-Extensions: a b\r\n"), 400,
       "http.bad_handshake"},
  };
  for (const Row& row : rows) {
    const std::string refused = answer(row.request);
    EXPECT_EQ(status_of_answer(refused), row.status) << row.what;
    EXPECT_THAT(refused, HasSubstr(row.reason)) << row.what;
    EXPECT_EQ(field_of_answer(refused, "Sec-WebSocket-Version"), row.status == 426 ? "13" : "")
        << row.what;
  }
}

TEST_F(Streams, LetPagesOfKnownOriginsConnectAlone) {
  socket_options_.origin_allowed = [](std::string_view origin) {
    return origin == "https://app.example.org";
  };
  start();
  const auto ask = [&](std::string_view fields) {
    return answer(get("/socket", std::string(kHandshake) + std::string(fields)));
  };
  EXPECT_EQ(status_of_answer(ask("Origin: https://app.example.org\r\n")), 101);
  EXPECT_EQ(status_of_answer(ask("Origin: http://here\r\n")), 101);
  EXPECT_EQ(status_of_answer(ask("")), 101);
  for (const char* fields : {"Origin: https://evil.example\r\n", "Origin: null\r\n", "Origin: \r\n",
                             "Origin: http://here\r\nOrigin: http://here\r\n"}) {
    const std::string refused = ask(fields);
    EXPECT_EQ(status_of_answer(refused), 403) << fields;
    EXPECT_THAT(refused, HasSubstr("http.origin_refused"));
  }
}

TEST_F(Streams, RefuseClientsWithoutACommonProtocolWhereOneIsNeeded) {
  socket_options_.protocols = {"sotto.v1"};
  socket_options_.protocol_required = true;
  start();
  EXPECT_THAT(answer(get("/socket", kHandshake)), HasSubstr("http.protocol_unknown"));
}

}  // namespace
}  // namespace sotto::http
