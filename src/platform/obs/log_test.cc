#include "platform/obs/log.h"

#include <array>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <vector>

namespace sotto::obs {
namespace {

using testing::HasSubstr;
using testing::Not;

/// 2026-01-31T12:34:56.789Z.
class FixedClock final : public Clock {
 public:
  WallTime now() const override { return WallTime(std::chrono::milliseconds(1'769'862'896'789)); }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

class Logs : public testing::Test {
 public:
  ~Logs() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

 protected:
  Logs() { EXPECT_EQ(0, ::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK)); }
  void start(LogFormat format, LogLevel least = LogLevel::kInfo) {
    log_ = std::make_unique<Log>(pipe_[1], format, least, clock_);
  }
  /// Ends the log and gives what it wrote.
  std::string finish() {
    log_.reset();
    std::string text;
    std::array<char, 65536> bytes{};
    for (ssize_t got = 0; (got = ::read(pipe_[0], bytes.data(), bytes.size())) > 0;)
      text.append(bytes.data(), static_cast<std::size_t>(got));
    return text;
  }

  FixedClock clock_;
  std::array<int, 2> pipe_{};
  std::unique_ptr<Log> log_;
};

TEST_F(Logs, WriteJson) {
  start(LogFormat::kJson);
  log_->write(LogLevel::kInfo, "request",
              {{"method", "GET"}, {"status", 200}, {"slow", false}, {"share", 0.5}});
  EXPECT_EQ(finish(),
            "{\"time\":\"2026-01-31T12:34:56.789Z\",\"level\":\"info\",\"event\":\"request\","
            "\"method\":\"GET\",\"status\":200,\"slow\":false,\"share\":0.5}\n");
}

TEST_F(Logs, WriteText) {
  start(LogFormat::kText);
  log_->write(LogLevel::kWarning, "slow", {{"path", "/a b"}});
  EXPECT_EQ(finish(), "2026-01-31T12:34:56.789Z warning slow path=\"/a b\"\n");
}

TEST_F(Logs, LeaveOutWhatIsBelowTheirLevel) {
  start(LogFormat::kText, LogLevel::kWarning);
  log_->write(LogLevel::kInfo, "one");
  log_->set_least(LogLevel::kDebug);
  log_->write(LogLevel::kDebug, "two");
  const std::string text = finish();
  EXPECT_THAT(text, Not(HasSubstr("one")));
  EXPECT_THAT(text, HasSubstr("two"));
}

TEST_F(Logs, KeepAValueFromForgingALine) {
  start(LogFormat::kJson);
  log_->write(LogLevel::kInfo, "x", {{"name", "a\"}\n{\"b\\\x1b[31m\xff"}});
  EXPECT_THAT(finish(), HasSubstr(R"("name":"a\"}\n{\"b\\[31m)"
                                  "\xef\xbf\xbd\"}\n"));
}

TEST_F(Logs, CutAValueThatIsTooLong) {
  start(LogFormat::kText);
  log_->write(LogLevel::kInfo, "x", {{"name", std::string(Log::kTextMax + 1, 'a')}});
  const std::string text = finish();
  EXPECT_THAT(text, HasSubstr('"' + std::string(Log::kTextMax, 'a') + '"'));
}

TEST_F(Logs, WriteErrorsWithTheirDetail) {
  start(LogFormat::kText);
  log_->write(LogLevel::kError, "failed",
              Error(ErrorCode::kNotFound, "a.b", "Not there.").with_detail("/secret/path"));
  const std::string text = finish();
  EXPECT_THAT(
      text,
      HasSubstr(
          "code=\"not_found\" reason=\"a.b\" message=\"Not there.\" detail=\"/secret/path\""));
  EXPECT_THAT(text, HasSubstr("log_test.cc"));
}

TEST_F(Logs, KeepTheLinesOfManyThreadsWhole) {
  start(LogFormat::kText);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([this] {
        for (int j = 0; j < 100; ++j) log_->write(LogLevel::kInfo, "line", {{"end", true}});
      });
  }
  const std::string text = finish();
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("Z info line end=true\n", at)) != std::string::npos;
       ++at)
    ++count;
  EXPECT_EQ(count, 400U);
}

TEST_F(Logs, DropAndCountWhereNobodyTakesTheLines) {
  // The pipe is full from the start and blocks, as a stuck reader's would.
  ::fcntl(pipe_[1], F_SETFL, 0);
  start(LogFormat::kText);
  const std::string big(Log::kTextMax, 'a');
  while (log_->dropped_count() == 0) log_->write(LogLevel::kInfo, "x", {{"text", big}});
  std::jthread reader([this] {
    std::array<char, 65536> bytes{};
    while (::read(pipe_[0], bytes.data(), bytes.size()) != 0) {
    }
  });
  EXPECT_GE(log_->dropped_count(), 1U);
  ::fcntl(pipe_[0], F_SETFL, 0);
  log_.reset();
  ::close(std::exchange(pipe_[1], -1));
}

TEST_F(Logs, SayHowManyLinesWereDroppedInTheirOwnFormat) {
  ::fcntl(pipe_[1], F_SETFL, 0);
  start(LogFormat::kJson);
  const std::string big(Log::kTextMax, 'a');
  while (log_->dropped_count() == 0) log_->write(LogLevel::kInfo, "x", {{"text", big}});
  std::string text;
  std::jthread reader([this, &text] {
    ::fcntl(pipe_[0], F_SETFL, 0);
    std::array<char, 65536> bytes{};
    for (ssize_t got = 0; (got = ::read(pipe_[0], bytes.data(), bytes.size())) > 0;)
      text.append(bytes.data(), static_cast<std::size_t>(got));
  });
  log_.reset();
  ::close(std::exchange(pipe_[1], -1));
  reader.join();
  EXPECT_THAT(text, HasSubstr("{\"time\":\"2026-01-31T12:34:56.789Z\",\"level\":\"warning\","
                              "\"event\":\"log_lines_dropped\",\"count\":"));
}

TEST_F(Logs, EndThoughNobodyTakesTheLines) {
  ::fcntl(pipe_[1], F_SETFL, 0);
  start(LogFormat::kText);
  const std::string big(Log::kTextMax, 'a');
  while (log_->dropped_count() == 0) log_->write(LogLevel::kInfo, "x", {{"text", big}});
  log_.reset();  // Would never return.
}

TEST(LogFields, RefuseSecrets) {
  static_assert(!std::is_constructible_v<LogField, std::string_view, const Secret&>);
}

TEST(LogLevels, AreNamed) {
  for (const auto level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError})
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

}  // namespace
}  // namespace sotto::obs
