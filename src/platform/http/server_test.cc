// The server over real sockets of the loopback: what a client sees of it, byte for byte.
#include "platform/http/server.h"

#include <atomic>
#include <cstring>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "base/mutex.h"
#include "platform/http/testing/raw_client.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: here\r\n\r\n";

/// A view that counts upward, so that any byte of it can be checked.
class CountingView final : public ByteView {
 public:
  explicit CountingView(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(const CallContext& /*context*/, std::uint64_t offset,
                           std::span<std::byte> into) override {
    const auto count = std::min<std::uint64_t>(into.size(), size_ - offset);
    for (std::size_t i = 0; i < count; ++i) into[i] = static_cast<std::byte>((offset + i) % 251);
    return static_cast<std::size_t>(count);
  }

 private:
  std::uint64_t size_;
};

/// A view that there is no memory for behind its first piece.
class ExhaustingView final : public ByteView {
 public:
  std::uint64_t size() const override { return 1'000'000; }
  Result<std::size_t> read(const CallContext& /*context*/, std::uint64_t offset,
                           std::span<std::byte> into) override {
    if (offset > 0) throw std::bad_alloc();
    return into.size();
  }
};

/// Tells the reason of the error that an exchange ended with, and whether its answer was cut.
class EndWatch final : public Middleware {
 public:
  explicit EndWatch(std::promise<std::string>& told) : told_(told) {}
  void on_end(const Exchange& exchange) override {
    told_.set_value((exchange.error ? exchange.error->reason() : "") +
                    (exchange.cut ? ", cut" : ""));
  }

 private:
  std::promise<std::string>& told_;
};

class Servers : public testing::Test {
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
                  Response response = Response::text("hello");
                  response.etag = "\"1\"";
                  response.allows_ranges = true;
                  return response;
                },
                .options = {.immediate = true}});
    router.add({.method = Method::kPost,
                .pattern = "/echo",
                .handler = [](const CallContext&, Request& request) -> Result<Response> {
                  return Response::text(std::string(request.body.bytes()));
                },
                .options = {.body_max = 1000}});
    router.add({.pattern = "/slow",
                .handler = [this](const CallContext& context, Request&) -> Result<Response> {
                  entered_.fetch_add(1);
                  const MutexLock lock(mutex_);
                  while (!released_) SOTTO_TRY(changed_.wait(context, mutex_));
                  return Response::text("done");
                },
                .options = {.timeout = milliseconds(5'000)}});
    router.add({.pattern = "/stubborn",
                .handler = [this](const CallContext&, Request&) -> Result<Response> {
                  entered_.fetch_add(1);
                  const CallContext longer_than_a_tick =
                      CallContext::with_timeout(milliseconds(400));
                  const MutexLock lock(mutex_);
                  while (changed_.wait(longer_than_a_tick, mutex_)) {
                  }
                  return Response::text("done");
                },
                .options = {.immediate = true}});
    router.add(
        {.pattern = "/view", .handler = [](const CallContext&, Request&) -> Result<Response> {
           Response response{.content_type = "application/octet-stream"};
           response.view = std::make_unique<CountingView>(1'000'000);
           response.allows_ranges = true;
           return response;
         }});
    router.add(
        {.pattern = "/exhausting", .handler = [](const CallContext&, Request&) -> Result<Response> {
           Response response;
           response.view = std::make_unique<ExhaustingView>();
           return response;
         }});
    router.add(
        {.pattern = "/memory", .handler = [](const CallContext&, Request&) -> Result<Response> {
           throw std::bad_alloc();
         }});
    return router;
  }

  void release() {
    {
      const MutexLock lock(mutex_);
      released_ = true;
    }
    changed_.notify_all();
  }

  /// Waits until `count` requests are inside /slow.
  void wait_entered(int count) {
    while (entered_.load() < count) std::this_thread::yield();
  }

  const Endpoint& endpoint() const { return server_->endpoints().front(); }
  std::string ask(std::string_view request) { return RawClient::exchange(endpoint(), request); }

  Mutex mutex_;
  CondVar changed_;
  bool released_ = false;
  std::atomic<int> entered_{0};
  std::unique_ptr<Server> server_;  // Last: its handlers use what stands above.
};

TEST_F(Servers, AnswerARequest) {
  start();
  const std::string answer = ask(kGet);
  EXPECT_EQ(status_of_answer(answer), 200);
  EXPECT_EQ(body_of_answer(answer), "hello");
  EXPECT_EQ(field_of_answer(answer, "Content-Length"), "5");
  EXPECT_THAT(field_of_answer(answer, "Date"), HasSubstr(" GMT"));
}

TEST_F(Servers, AnswerHeadWithoutABody) {
  start();
  RawClient client(endpoint());
  client.send("HEAD /hello HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_EQ(field_of_answer(answer, "Content-Length"), "5");
  EXPECT_EQ(body_of_answer(answer), "");
}

TEST_F(Servers, KeepTheConnectionAndAnswerPipelinedRequestsInTheirOrder) {
  start();
  RawClient client(endpoint());
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests +=
        "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
  client.send(requests);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(body_of_answer(client.receive()), std::to_string(100 + i));
}

TEST_F(Servers, TakeAHeadThatComesByteByByte) {
  start();
  RawClient client(endpoint());
  for (const char byte : kGet) client.send({&byte, 1});
  EXPECT_EQ(body_of_answer(client.receive()), "hello");
}

TEST_F(Servers, CloseWhereTheClientAsks) {
  start();
  RawClient client(endpoint());
  client.send("GET /hello HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(field_of_answer(client.receive(), "Connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Servers, SpeakHttp10) {
  start();
  RawClient client(endpoint());
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(status_of_answer(client.receive()), 200);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Servers, DecodeAChunkedBody) {
  start();
  EXPECT_EQ(
      body_of_answer(ask("POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")),
      "abc0123456789");
}

TEST_F(Servers, RefuseABodyAboveTheLimitOfItsRoute) {
  start();
  const auto post = [&](std::size_t size) {
    return status_of_answer(ask("POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: " +
                                std::to_string(size) + "\r\n\r\n" + std::string(size, 'x')));
  };
  EXPECT_EQ(post(999), 200);
  EXPECT_EQ(post(1000), 200);
  EXPECT_EQ(post(1001), 413);
  std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n";
  chunked += std::string(1001, 'x') + "\r\n0\r\n\r\n";
  const std::string refused = ask(chunked);
  EXPECT_EQ(status_of_answer(refused), 413);
  EXPECT_THAT(body_of_answer(refused), HasSubstr("http.body_too_large"));
}

TEST_F(Servers, RefuseABodyWhereNoneIsTaken) {
  start();
  EXPECT_EQ(
      status_of_answer(ask("GET /hello HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\nx")),
      413);
}

TEST_F(Servers, ContinueWhereTheClientWaitsForIt) {
  start();
  RawClient client(endpoint());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of_answer(client.receive()), 100);
  client.send("abc");
  EXPECT_EQ(body_of_answer(client.receive()), "abc");
}

TEST_F(Servers, DoNotAskForABodyThatTheyRefuse) {
  start();
  RawClient client(endpoint());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of_answer(client.receive()), 413);
}

TEST_F(Servers, AnswerProblemsAsDocuments) {
  start();
  const std::string answer = ask("GET /nowhere HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(status_of_answer(answer), 404);
  EXPECT_EQ(field_of_answer(answer, "Content-Type"), "application/problem+json");
  const auto document = wire::parse_json(body_of_answer(answer));
  ASSERT_TRUE(document);
  EXPECT_EQ((*document)["code"], "http.not_found");
  EXPECT_EQ((*document)["status"], 404);
}

TEST_F(Servers, NameTheMethodsThatAPathTakes) {
  start();
  const std::string answer = ask("DELETE /hello HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(status_of_answer(answer), 405);
  EXPECT_EQ(field_of_answer(answer, "Allow"), "GET, HEAD, OPTIONS");
  const std::string options = ask("OPTIONS /hello HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(status_of_answer(options), 204);
  EXPECT_EQ(field_of_answer(options, "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(Servers, CloseBehindABrokenHead) {
  start();
  RawClient client(endpoint());
  client.send("GET /hello HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(status_of_answer(client.receive()), 400);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Servers, AnswerRangesOfAView) {
  start();
  const std::string answer =
      ask("GET /view HTTP/1.1\r\nHost: here\r\nRange: bytes=500000-500003\r\n\r\n");
  EXPECT_EQ(status_of_answer(answer), 206);
  EXPECT_EQ(field_of_answer(answer, "Content-Range"), "bytes 500000-500003/1000000");
  std::string expected;
  for (int i = 0; i < 4; ++i) expected += static_cast<char>((500'000 + i) % 251);
  EXPECT_EQ(body_of_answer(answer), expected);
}

TEST_F(Servers, StreamAViewWhole) {
  start();
  const std::string body = body_of_answer(ask("GET /view HTTP/1.1\r\nHost: here\r\n\r\n"));
  ASSERT_EQ(body.size(), 1'000'000U);
  for (std::size_t i = 0; i < body.size(); ++i)
    ASSERT_EQ(static_cast<unsigned char>(body[i]), i % 251) << i;
}

TEST_F(Servers, SaySoWhereNothingChanged) {
  start();
  const std::string answer =
      ask("GET /hello HTTP/1.1\r\nHost: here\r\nIf-None-Match: \"1\"\r\n\r\n");
  EXPECT_EQ(status_of_answer(answer), 304);
  EXPECT_EQ(body_of_answer(answer), "");
}

TEST_F(Servers, SurviveARequestThatNeedsTooMuchMemory) {
  start();
  const std::string answer = ask("GET /memory HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_EQ(status_of_answer(answer), 503);
  EXPECT_THAT(body_of_answer(answer), HasSubstr("http.out_of_memory"));
  EXPECT_EQ(status_of_answer(ask(kGet)), 200);
}

TEST_F(Servers, CutAnAnswerThatThereIsNoMemoryToGoOnWith) {
  std::promise<std::string> told;
  std::vector<std::unique_ptr<Middleware>> middleware;
  middleware.push_back(std::make_unique<EndWatch>(told));
  start({}, std::move(middleware));
  RawClient client(endpoint());
  client.send("GET /exhausting HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_LT(body_of_answer(client.receive_all()).size(), 1'000'000U);
  EXPECT_EQ(told.get_future().get(), "http.out_of_memory, cut");
}

TEST_F(Servers, AnswerAtOnceWhenTooMuchWaits) {
  start({.handler_threads = 1, .handler_queue_max = 1});
  RawClient busy(endpoint());
  RawClient waiting(endpoint());
  busy.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  wait_entered(1);
  waiting.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  // The one place in the queue is taken soon; until then another request may take it.
  std::string answer;
  RawClient late(endpoint());
  late.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  RawClient later(endpoint());
  later.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  answer = later.receive();
  EXPECT_EQ(status_of_answer(answer), 503);
  EXPECT_THAT(body_of_answer(answer), HasSubstr("http.overloaded"));
  EXPECT_EQ(field_of_answer(answer, "Retry-After"), "1");
  EXPECT_EQ(body_of_answer(ask(kGet)), "hello");  // What needs no thread is answered all the same.
  release();
  EXPECT_EQ(body_of_answer(busy.receive()), "done");
}

TEST_F(Servers, TurnAwayMoreConnectionsThanAllowed) {
  start({.connections_max = 2});
  RawClient first(endpoint());
  first.send(kGet);
  EXPECT_EQ(status_of_answer(first.receive()), 200);
  RawClient second(endpoint());
  second.send(kGet);
  EXPECT_EQ(status_of_answer(second.receive()), 200);
  RawClient third(endpoint());
  EXPECT_EQ(status_of_answer(third.receive()), 503);
  EXPECT_TRUE(third.is_closed());
}

TEST_F(Servers, EndAHeadThatTakesTooLong) {
  start({.header_timeout = milliseconds(100)});
  RawClient client(endpoint());
  client.send("GET /hello HTTP/1.1\r\n");
  const std::string answer = client.receive();
  EXPECT_EQ(status_of_answer(answer), 408);
  EXPECT_THAT(body_of_answer(answer), HasSubstr("http.header_timeout"));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Servers, EndABodyThatDoesNotCome) {
  start({.body_timeout = milliseconds(100)});
  RawClient client(endpoint());
  client.send("POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nab");
  const std::string answer = client.receive();
  EXPECT_EQ(status_of_answer(answer), 408);
  EXPECT_THAT(body_of_answer(answer), HasSubstr("http.body_timeout"));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Servers, CloseAnIdleConnectionWithoutAWord) {
  start({.idle_timeout = milliseconds(100)});
  RawClient client(endpoint());
  client.send(kGet);
  EXPECT_EQ(status_of_answer(client.receive()), 200);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Servers, CutAClientThatDoesNotReadItsAnswer) {
  start({.write_timeout = milliseconds(100)});
  RawClient client(endpoint());
  for (int i = 0; i < 20; ++i) client.send("GET /view HTTP/1.1\r\nHost: here\r\n\r\n");
  while (server_->connection_count() > 0) std::this_thread::yield();
  SUCCEED();
}

TEST_F(Servers, FinishWhatIsInFlightWhenTheyStop) {
  start();
  RawClient idle(endpoint());
  idle.send(kGet);
  EXPECT_EQ(status_of_answer(idle.receive()), 200);
  RawClient busy(endpoint());
  busy.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  wait_entered(1);
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_TRUE(idle.is_closed());
  release();
  const std::string answer = busy.receive();
  EXPECT_EQ(body_of_answer(answer), "done");
  EXPECT_EQ(field_of_answer(answer, "Connection"), "close");
  stopped.get();
}

TEST_F(Servers, AnswerWhatWasSentBeforeTheyStop) {
  start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<RawClient>(endpoint()));
    if (i % 2 == 0) {  // Others are met between two requests.
      clients.back()->send(kGet);
      EXPECT_EQ(status_of_answer(clients.back()->receive()), 200);
    }
  }
  for (const auto& client : clients) client->send(kGet);
  server_->stop();
  for (const auto& client : clients) {
    EXPECT_EQ(status_of_answer(client->receive()), 200);
    EXPECT_TRUE(client->is_closed());
  }
}

TEST_F(Servers, WaitForABegunHeadOnlyAMomentWhenTheyStop) {
  // Without a bound of its own the head would hold the stop until everything is cut.
  start({.header_timeout = milliseconds(60'000), .grace = milliseconds(10'000)});
  RawClient begun(endpoint());
  begun.send("GET /hello HTTP/1.1\r\nHost");
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  const std::string answer = begun.receive();
  EXPECT_EQ(status_of_answer(answer), 408);
  EXPECT_THAT(body_of_answer(answer), HasSubstr("http.header_timeout"));
  EXPECT_TRUE(begun.is_closed());
  stopped.get();
}

TEST_F(Servers, AnswerABegunHeadThatComesWholeWhileTheyStop) {
  start();
  RawClient begun(endpoint());
  begun.send("GET /hello HTTP/1.1\r\nHost");
  RawClient idle(endpoint());
  idle.send(kGet);
  EXPECT_EQ(status_of_answer(idle.receive()), 200);
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_TRUE(idle.is_closed());  // They are stopping.
  begun.send(": here\r\n\r\n");
  const std::string answer = begun.receive();
  EXPECT_EQ(body_of_answer(answer), "hello");
  EXPECT_EQ(field_of_answer(answer, "Connection"), "close");
  stopped.get();
}

TEST_F(Servers, TellWhatTheyAreBusyWith) {
  start({.handler_threads = 1, .connections_max = 2});
  RawClient busy(endpoint());
  busy.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  wait_entered(1);
  RawClient waiting(endpoint());
  waiting.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  while (server_->stats().handler_queue_length == 0) std::this_thread::yield();
  EXPECT_EQ(status_of_answer(RawClient::exchange(endpoint(), kGet)), 503);
  const ServerStats stats = server_->stats();
  EXPECT_EQ(stats.connections, 2U);
  EXPECT_EQ(stats.connections_accepted, 2U);
  EXPECT_EQ(stats.connections_refused, 1U);
  EXPECT_EQ(stats.handlers, 1U);
  EXPECT_EQ(stats.handlers_busy, 1U);
  EXPECT_EQ(stats.handler_queue_length, 1U);
  release();
}

TEST_F(Servers, StopHandlersThatOutliveTheGracePeriod) {
  start({.grace = milliseconds(50)});
  RawClient busy(endpoint());
  busy.send("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n");
  wait_entered(1);
  server_->stop();
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(Servers, RefuseAnAddressThatIsTaken) {
  start();
  const auto second = Server::start({.listen = {endpoint()}}, Router(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason(), "http.address_in_use");
}

// The I/O thread is kept busy until its tick is due, so that the stop finds the tick beyond recall.
TEST_F(Servers, StopWhereAnIoThreadIsBusyAtItsTick) {
  start({.io_threads = 2, .grace = milliseconds(1)});
  RawClient idle(endpoint());  // Goes to the thread that stop() needs first.
  idle.send(kGet);
  EXPECT_EQ(body_of_answer(idle.receive()), "hello");
  RawClient client(endpoint());
  client.send("GET /stubborn HTTP/1.1\r\nHost: here\r\n\r\n");
  wait_entered(1);
  server_->stop();
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(Servers, RefuseAnAddressThatIsNotHere) {
  const auto server = Server::start({.listen = {{.address = "192.0.2.1"}}}, Router(), {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().reason(), "http.cannot_listen");
}

TEST_F(Servers, RefuseOptionsThatCannotWork) {
  const Endpoint here{.address = "127.0.0.1"};
  for (const ServerOptions& options :
       {ServerOptions{}, ServerOptions{.listen = {here}, .io_threads = 0},
        ServerOptions{.listen = {here}, .handler_threads = 0},
        ServerOptions{.listen = {here}, .connections_max = 0},
        ServerOptions{.listen = {here}, .head = {.head_max = 100}}}) {
    const auto valid = validate(options);
    ASSERT_FALSE(valid);
    EXPECT_EQ(valid.error().reason(), "http.bad_options");
  }
}

TEST(Endpoints, AreParsedAndPrinted) {
  for (const char* text : {"127.0.0.1:8484", "[::1]:0", "unix:/run/sotto.sock", "0.0.0.0:65535"}) {
    const auto parsed = Endpoint::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  for (const char* text :
       {"", "8484", ":8484", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
        "[127.0.0.1]:80", "localhost:80", "unix:run", "127.0.0.1:8o"}) {
    const auto parsed = Endpoint::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().reason(), "http.bad_options");
  }
}

class UnixSockets : public Servers {};

TEST_F(UnixSockets, AreServedAndTakenOverFromAKilledServer) {
  const std::string path = testing::TempDir() + "sotto_http_test_" + std::to_string(::getpid());
  const ServerOptions options{.listen = {{.unix_path = path}}};
  // What a killed server leaves: a socket file that nobody listens on.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const runtime::UniqueFd left(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(0, ::bind(left.get(), reinterpret_cast<const sockaddr*>(&address),
                      sizeof(address)));  // NOLINT

  auto server = Server::start(options, table(), {});
  ASSERT_TRUE(server) << server.error().describe();
  EXPECT_EQ(body_of_answer(RawClient::exchange({.unix_path = path}, kGet)), "hello");
  const auto second = Server::start(options, table(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason(), "http.address_in_use");
  (*server)->stop();
  EXPECT_NE(0, ::access(path.c_str(), F_OK));
}

}  // namespace
}  // namespace sotto::http
