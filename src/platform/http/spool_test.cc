// Large bodies over real sockets: they are on disk, encrypted, whole, bounded, and nobody waits.
#include "platform/http/spool.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "platform/http/server.h"
#include "platform/http/testing/raw_client.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kThreshold = std::size_t{64} << 10;
constexpr std::size_t kMib = std::size_t{1} << 20;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>('a' + (i * 31 + i / 1000 * 7) % 26);
  return text;
}

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: here\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

/// In chunks of `size` bytes.
std::string post_chunked(std::string_view path, std::string_view body, std::size_t size) {
  std::string request =
      "POST " + std::string(path) + " HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n";
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view piece = body.substr(at, size);
    std::string digits;
    for (std::size_t left = piece.size(); left > 0; left /= 16)
      digits.insert(digits.begin(), kDigits[left % 16]);
    request.append(digits).append("\r\n").append(piece).append("\r\n");
  }
  return request + "0\r\n\r\n";
}

/// A spool file that tests watch and break: what is written goes through these.
struct Disk {
  Mutex mutex;
  CondVar changed;
  std::string written SOTTO_GUARDED_BY(mutex);
  bool is_stuck SOTTO_GUARDED_BY(mutex) = false;
  std::atomic<std::uint64_t> room{std::uint64_t{1} << 40};
  std::atomic<int> failure{0};  ///< What a write without room fails with; 0: a full disk.
  std::atomic<int> open_files{0};
  std::atomic<int> waiting{0};

  void set_stuck(bool stuck) {
    {
      const MutexLock lock(mutex);
      is_stuck = stuck;
    }
    changed.notify_all();
  }
};

class WatchedFile final : public SpoolFile {
 public:
  WatchedFile(Disk& disk, std::unique_ptr<SpoolFile> file) : disk_(disk), file_(std::move(file)) {
    disk_.open_files.fetch_add(1);
  }
  ~WatchedFile() override { disk_.open_files.fetch_sub(1); }
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;

  Result<> write(const CallContext& context, std::span<const std::byte> bytes) override {
    {
      const MutexLock lock(disk_.mutex);
      disk_.waiting.fetch_add(1);
      while (disk_.is_stuck) SOTTO_TRY(disk_.changed.wait(context, disk_.mutex));
      disk_.waiting.fetch_sub(1);
      disk_.written.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    if (file_->size() + bytes.size() > disk_.room) {
      if (disk_.failure != 0)
        return Error(ErrorCode::kUnavailable, "runtime.io_failed", "Cannot write: I/O error.");
      return Error(ErrorCode::kInsufficientStorage, "runtime.disk_full", "Cannot write: full.");
    }
    return file_->write(context, bytes);
  }
  std::uint64_t size() const override { return file_->size(); }
  Result<std::size_t> read(const CallContext& context, std::uint64_t offset,
                           std::span<std::byte> into) override {
    return file_->read(context, offset, into);
  }

 private:
  Disk& disk_;
  std::unique_ptr<SpoolFile> file_;
};

class Spooling : public testing::Test {
 protected:
  void start(SpoolOptions spool = {}, ServerOptions options = {}) {
    options.listen = {Endpoint{.address = "127.0.0.1"}};
    if (spool.folder.empty() && !spool.make_file)
      spool.make_file = [this]() -> Result<std::unique_ptr<SpoolFile>> {
        SOTTO_ASSIGN(auto file, make_spool_file(folder_.path()));
        return std::unique_ptr<SpoolFile>(std::make_unique<WatchedFile>(disk_, std::move(file)));
      };
    options.spool = std::move(spool);
    auto started = Server::start(std::move(options), table(), {});
    ASSERT_TRUE(started) << started.error().describe();
    server_ = std::move(*started);
  }

  Router table() {
    Router router;
    // Says where the body was and what it held.
    const Handler handler = [this](const CallContext& context,
                                   Request& request) -> Result<Response> {
      handled_.fetch_add(1);
      SOTTO_ASSIGN(const std::string body, request.body.read_all(context));
      SOTTO_CHECK(request.body.size() == body.size());
      return Response::text((request.body.is_spooled() ? "disk " : "memory ") + body);
    };
    router.add({.method = Method::kPost,
                .pattern = "/echo",
                .handler = handler,
                .options = {.body_max = 8 * kMib}});
    router.add({.method = Method::kPost,
                .pattern = "/small",
                .handler = handler,
                .options = {.body_max = 100'000}});
    router.add(
        {.pattern = "/pooled", .handler = [](const CallContext&, Request&) -> Result<Response> {
           return Response::text("worked");
         }});
    router.add({.pattern = "/now",
                .handler = [](const CallContext&, Request&) -> Result<Response> {
                  return Response::text("at once");
                },
                .options = {.immediate = true}});
    return router;
  }

  const Endpoint& endpoint() const { return server_->endpoints().front(); }
  std::string ask(std::string_view request) { return RawClient::exchange(endpoint(), request); }
  std::string get(const std::string& path) {
    return body_of_answer(ask("GET " + path + " HTTP/1.1\r\nHost: here\r\n\r\n"));
  }

  /// Until what was stored is gone: closing happens on threads of its own.
  bool is_left_empty() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (server_->spooled_bytes() > 0 || disk_.open_files > 0) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return std::filesystem::is_empty(folder_.path());
  }

  std::string written() {
    const MutexLock lock(disk_.mutex);
    return disk_.written;
  }

  runtime::TempDir folder_;
  Disk disk_;
  std::atomic<int> handled_{0};
  std::unique_ptr<Server> server_;  // Last: its handlers use what stands above.
};

TEST_F(Spooling, KeepsSmallBodiesInMemoryAndLargeOnesOnDisk) {
  start();
  for (const std::size_t size : {std::size_t{1}, kThreshold - 1, kThreshold}) {
    const std::string body = pattern(size);
    EXPECT_TRUE(body_of_answer(ask(post("/echo", body))) == "memory " + body) << size;
    EXPECT_TRUE(body_of_answer(ask(post_chunked("/echo", body, 1000))) == "memory " + body) << size;
  }
  EXPECT_EQ(written(), "");
  for (const std::size_t size : {kThreshold + 1, 2 * kThreshold, 2 * kThreshold + 1}) {
    const std::string body = pattern(size);
    EXPECT_TRUE(body_of_answer(ask(post("/echo", body))) == "disk " + body) << size;
    EXPECT_TRUE(body_of_answer(ask(post_chunked("/echo", body, 1000))) == "disk " + body) << size;
  }
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, GivesSeveralMegabytesBackByteForByte) {
  start();
  const std::string body = pattern(5 * kMib + 12'345);
  EXPECT_TRUE(body_of_answer(ask(post("/echo", body))) == "disk " + body);
  EXPECT_TRUE(body_of_answer(ask(post_chunked("/echo", body, 99'991))) == "disk " + body);
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, GoesOnOnTheSameConnection) {
  start();
  RawClient client(endpoint());
  const std::string large = pattern(3 * kThreshold);
  // Pipelined: what follows a large body must not be taken for a part of it.
  client.send(post("/echo", large) + post("/echo", "small") + post_chunked("/echo", large, 4096) +
              post("/echo", large));
  EXPECT_TRUE(body_of_answer(client.receive()) == "disk " + large);
  EXPECT_EQ(body_of_answer(client.receive()), "memory small");
  EXPECT_TRUE(body_of_answer(client.receive()) == "disk " + large);
  EXPECT_TRUE(body_of_answer(client.receive()) == "disk " + large);
  EXPECT_TRUE(is_left_empty()) << "an idle connection keeps nothing";
}

TEST_F(Spooling, WritesNothingPlain) {
  start();
  const std::string body(kMib, 'A');
  EXPECT_TRUE(body_of_answer(ask(post("/echo", body))) == "disk " + body);
  EXPECT_EQ(written().size(), crypto::stream_sealed_size(body.size()));
  EXPECT_THAT(written().substr(0, 8), "SOTTOENC");
  EXPECT_EQ(written().find("AAAA"), std::string::npos);
}

TEST_F(Spooling, UsesAFolderOfItsOwnWithoutLeavingNames) {
  const auto folder = folder_ / "new" / "spool";
  start({.folder = folder});
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
  const std::string body = pattern(kMib);
  RawClient client(endpoint());
  const std::string request = post("/echo", body);
  client.send(std::string_view(request).substr(0, request.size() / 2));
  while (server_->spooled_bytes() == 0) std::this_thread::yield();
  EXPECT_TRUE(std::filesystem::is_empty(folder)) << "half of the body is there, without a name";
  client.send(std::string_view(request).substr(request.size() / 2));
  EXPECT_TRUE(body_of_answer(client.receive()) == "disk " + body);
}

TEST_F(Spooling, DoesNotStartWhereNothingCanBeStored) {
  const auto server = Server::start(
      {.listen = {Endpoint{.address = "127.0.0.1"}}, .spool = {.folder = "/proc/no/such/folder"}},
      Router(), {});
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message(), HasSubstr("/proc/no/such/folder"));
  EXPECT_EQ(
      Server::start({.listen = {Endpoint{.address = "127.0.0.1"}}, .spool = {.folder = "/proc"}},
                    Router(), {})
          .error()
          .reason(),
      "http.spool_failed");
}

TEST_F(Spooling, RefusesOptionsThatCannotWork) {
  for (const SpoolOptions& spool : {SpoolOptions{.folder = "/x", .disk_threads = 0},
                                    SpoolOptions{.folder = "/x", .bodies_max = 0},
                                    SpoolOptions{.folder = "/x", .memory_max = 0},
                                    SpoolOptions{.folder = "/x", .memory_max = kMib + 1}})
    EXPECT_EQ(
        validate({.listen = {Endpoint{.address = "127.0.0.1"}}, .spool = spool}).error().reason(),
        "http.bad_options");
}

TEST_F(Spooling, ForgetsABodyWhoseClientLeaves) {
  start();
  {
    RawClient client(endpoint());
    const std::string request = post("/echo", pattern(4 * kMib));
    client.send(std::string_view(request).substr(0, 2 * kMib));
    while (server_->spooled_bytes() == 0) std::this_thread::yield();
  }
  EXPECT_TRUE(is_left_empty());
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(get("/pooled"), "worked");
}

TEST_F(Spooling, HoldsNoHandlerThreadForASlowClient) {
  start({}, {.handler_threads = 1});
  RawClient slow(endpoint());
  const std::string body = pattern(kMib);
  const std::string request = post("/echo", body);
  slow.send(std::string_view(request).substr(0, request.size() / 2));
  while (server_->spooled_bytes() == 0) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/pooled"), "worked");
  slow.send(std::string_view(request).substr(request.size() / 2));
  EXPECT_TRUE(body_of_answer(slow.receive()) == "disk " + body);
}

TEST_F(Spooling, KeepsTheIoThreadFreeOfASlowDiskAndReadsNothingMeanwhile) {
  start({.disk_threads = 1}, {.io_threads = 1, .handler_threads = 1});
  disk_.set_stuck(true);
  const std::string body = pattern(8 * kMib);
  const std::string request = post("/echo", body);
  RawClient client(endpoint());
  auto sent = std::async(std::launch::async, [&] { return client.send(request); });
  while (disk_.waiting == 0) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/now"), "at once");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get("/pooled"), "worked");
  EXPECT_LE(server_->spooled_bytes(), 2 * kThreshold) << "one piece was taken, no more";
  disk_.set_stuck(false);
  EXPECT_TRUE(sent.get());
  EXPECT_TRUE(body_of_answer(client.receive()) == "disk " + body);
}

TEST_F(Spooling, SaysThatTheDiskIsFull) {
  start();
  disk_.room = 200'000;
  const std::string answer = ask(post("/echo", pattern(400'000)));
  EXPECT_EQ(status_of_answer(answer), 507);
  EXPECT_THAT(answer, HasSubstr("\"http.spool_full\""));
  EXPECT_EQ(field_of_answer(answer, "Connection"), "close");
  EXPECT_THAT(answer, Not(HasSubstr(folder_.path().string())));
  EXPECT_TRUE(is_left_empty());
  EXPECT_EQ(handled_, 0);
  disk_.room = 2 * kMib;
  EXPECT_EQ(status_of_answer(ask(post("/echo", pattern(400'000)))), 200) << "and recovers";
}

TEST_F(Spooling, SaysThatTheDiskIsFullAtTheLastPieceToo) {
  start();
  const std::string body = pattern(kThreshold + 1);
  disk_.room = *crypto::stream_sealed_size(body.size()) - 1;
  EXPECT_EQ(status_of_answer(ask(post("/echo", body))), 507);
  EXPECT_TRUE(is_left_empty());
  disk_.room = *crypto::stream_sealed_size(body.size());
  EXPECT_EQ(status_of_answer(ask(post("/echo", body))), 200);
}

TEST_F(Spooling, SaysThatTheDiskFails) {
  start();
  disk_.failure = 1;
  disk_.room = 100;
  const std::string answer = ask(post("/echo", pattern(200'000)));
  EXPECT_EQ(status_of_answer(answer), 503);
  EXPECT_THAT(answer, HasSubstr("\"http.spool_failed\""));
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, SaysThatNoFileCanBeMade) {
  start({.make_file = []() -> Result<std::unique_ptr<SpoolFile>> {
    return Error(ErrorCode::kOverloaded, "runtime.out_of_resources", "Cannot make a file.");
  }});
  EXPECT_THAT(ask(post("/echo", pattern(200'000))), HasSubstr("\"http.spool_failed\""));
  EXPECT_EQ(status_of_answer(ask(post("/echo", "small"))), 200);
  EXPECT_EQ(server_->spooled_bytes(), 0U);
}

TEST_F(Spooling, BoundsTheBytesOfAllBodies) {
  start({.bytes_max = 300'000});
  EXPECT_EQ(status_of_answer(ask(post("/echo", pattern(299'999)))), 200);
  EXPECT_TRUE(is_left_empty());
  EXPECT_EQ(status_of_answer(ask(post("/echo", pattern(300'000)))), 200);
  EXPECT_TRUE(is_left_empty());
  const std::string announced = ask(post("/echo", pattern(300'001)));
  EXPECT_EQ(status_of_answer(announced), 507);
  EXPECT_THAT(announced, HasSubstr("\"http.spool_full\""));
  EXPECT_TRUE(written().size() < 2 * *crypto::stream_sealed_size(300'000))
      << "before any of it came";
  EXPECT_EQ(status_of_answer(ask(post_chunked("/echo", pattern(300'000), 5000))), 200);
  EXPECT_TRUE(is_left_empty());
  EXPECT_EQ(status_of_answer(ask(post_chunked("/echo", pattern(300'001), 5000))), 507);
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, SharesItsBytesBetweenConnections) {
  start({.bytes_max = 300'000});
  RawClient first(endpoint());
  const std::string body = pattern(250'000);
  const std::string request = post("/echo", body);
  first.send(std::string_view(request).substr(0, 200'000));
  while (server_->spooled_bytes() < 2 * kThreshold) std::this_thread::yield();
  EXPECT_EQ(status_of_answer(ask(post_chunked("/echo", pattern(250'000), 5000))), 507);
  EXPECT_EQ(status_of_answer(ask(post("/echo", "small ones need no room"))), 200);
  first.send(std::string_view(request).substr(200'000));
  EXPECT_TRUE(body_of_answer(first.receive()) == "disk " + body) << "who came first is served";
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, BoundsTheCountOfBodies) {
  start({.bodies_max = 1});
  RawClient first(endpoint());
  const std::string request = post("/echo", pattern(200'000));
  first.send(std::string_view(request).substr(0, 150'000));
  while (server_->spooled_bytes() == 0) std::this_thread::yield();
  const std::string refused = ask(post("/echo", pattern(200'000)));
  EXPECT_EQ(status_of_answer(refused), 503);
  EXPECT_EQ(field_of_answer(refused, "Retry-After"), "1");
  first.send(std::string_view(request).substr(150'000));
  EXPECT_EQ(status_of_answer(first.receive()), 200);
  EXPECT_TRUE(is_left_empty());
  EXPECT_EQ(status_of_answer(ask(request)), 200);
}

TEST_F(Spooling, BoundsEachBody) {
  start({.body_max = 200'000});
  EXPECT_EQ(status_of_answer(ask(post("/echo", pattern(200'000)))), 200);
  EXPECT_EQ(status_of_answer(ask(post("/echo", pattern(200'001)))), 413);
  EXPECT_EQ(status_of_answer(ask(post_chunked("/echo", pattern(200'000), 7000))), 200);
  EXPECT_EQ(status_of_answer(ask(post_chunked("/echo", pattern(200'001), 7000))), 413);
  EXPECT_EQ(status_of_answer(ask(post("/small", pattern(100'000)))), 200) << "the route's bound";
  EXPECT_EQ(status_of_answer(ask(post_chunked("/small", pattern(100'001), 7000))), 413);
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, RefusesABrokenChunkBehindStoredOnes) {
  start();
  std::string request = post_chunked("/echo", pattern(300'000), 5000);
  request.replace(request.size() - 5, 5, "zz\r\n\r\n");
  EXPECT_EQ(status_of_answer(ask(request)), 400);
  EXPECT_TRUE(is_left_empty());
}

TEST_F(Spooling, IsOffWithoutAFolder) {
  auto started = Server::start({.listen = {Endpoint{.address = "127.0.0.1"}}}, table(), {});
  ASSERT_TRUE(started);
  server_ = std::move(*started);
  const std::string body = pattern(kMib);
  EXPECT_TRUE(body_of_answer(ask(post("/echo", body))) == "memory " + body);
}

TEST_F(Spooling, StopsWhileBodiesComeIn) {
  start({}, {.grace = milliseconds(50)});
  RawClient client(endpoint());
  const std::string request = post("/echo", pattern(4 * kMib));
  client.send(std::string_view(request).substr(0, 2 * kMib));
  while (server_->spooled_bytes() == 0) std::this_thread::yield();
  server_->stop();
  EXPECT_EQ(server_->spooled_bytes(), 0U);
  EXPECT_EQ(disk_.open_files, 0);
}

TEST_F(Spooling, StopsWhileTheDiskIsStuck) {
  start({}, {.grace = milliseconds(50)});
  disk_.set_stuck(true);
  RawClient client(endpoint());
  const std::string request = post("/echo", pattern(4 * kMib));
  auto sent = std::async(std::launch::async, [&] { return client.send(request); });
  while (disk_.waiting == 0) std::this_thread::yield();
  server_->stop();
  (void)sent.get();  // Cut or not: only that everything ends.
  EXPECT_EQ(server_->spooled_bytes(), 0U);
  EXPECT_EQ(disk_.open_files, 0);
}

TEST_F(Spooling, TakesManyBodiesAtOnce) {
  start({.disk_threads = 2}, {.io_threads = 2, .handler_threads = 4});
  std::vector<std::future<bool>> clients;
  for (std::size_t i = 0; i < 16; ++i)
    clients.push_back(std::async(std::launch::async, [this, i] {
      const std::string body = pattern(kThreshold + i * 40'000);
      const std::string answer =
          i % 2 == 0 ? ask(post("/echo", body)) : ask(post_chunked("/echo", body, 3000));
      return body_of_answer(answer) == (i == 0 ? "memory " : "disk ") + body;
    }));
  for (auto& client : clients) EXPECT_TRUE(client.get());
  EXPECT_TRUE(is_left_empty());
}

}  // namespace
}  // namespace sotto::http
