#include "platform/http/client/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

/// Each event as "type|data|id", or the reason of the refusal last.
std::vector<std::string> read(std::string_view bytes, std::size_t piece = SIZE_MAX,
                              SseLimits limits = {}) {
  SseParser parser(limits);
  std::vector<std::string> events;
  while (!bytes.empty()) {
    const auto fed = parser.feed(bytes.substr(0, piece), [&](StreamedEvent event) -> Result<> {
      events.push_back(event.type + "|" + event.data + "|" + event.id);
      return {};
    });
    if (!fed) {
      events.push_back(fed.error().reason());
      return events;
    }
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return events;
}

TEST(SseParser, ReadsWhatTheStandardShows) {
  struct Case {
    const char* name;
    std::string_view text;
    std::vector<std::string> expected;
  };
  for (const auto& [name, text, expected] : std::vector<Case>{
           {"one line", "data: hello\n\n", {"message|hello|"}},
           {"several lines", "data: YHOO\ndata: +2\ndata: 10\n\n", {"message|YHOO\n+2\n10|"}},
           {"comment and ids",
            ": test\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
            "data:  third event\n\n",
            {"message|first event|1", "message|second event|", "message| third event|"}},
           {"empty data", "data\n\ndata\ndata\n\ndata:", {"message||", "message|\n|"}},
           {"type", "event: add\ndata: 1\n\ndata: 2\n\n", {"add|1|", "message|2|"}},
           {"carriage returns",
            "data: a\r\rdata: b\r\n\r\ndata: c\n\n",
            {"message|a|", "message|b|", "message|c|"}},
           {"byte order mark",
            "\xEF\xBB\xBF"
            "data: a\n\n",
            {"message|a|"}},
           {"second mark is text",
            "\xEF\xBB\xBF\xEF\xBB\xBF"
            "data: a\n\n",
            {}},
           {"id stays", "id: 7\n\ndata: a\n\ndata: b\n\n", {"message|a|7", "message|b|7"}},
           {"unknown field", "color: red\ndata: a\n\n", {"message|a|"}},
           {"unfinished", "data: a\n", {}},
           {"type without data", "event: x\n\ndata: a\n\n", {"message|a|"}},
           {"one space alone", "data:  a \n\n", {"message| a |"}},
           {"colon in value", "data: a: b\n\n", {"message|a: b|"}},
       })
    EXPECT_EQ(read(text), expected) << name;
  EXPECT_THAT(read(std::string_view("id: a\0b\ndata: x\n\n", 17)), ElementsAre("message|x|"));
}

TEST(SseParser, ReadsTheSameHoweverItIsCut) {
  const std::string text =
      "\xEF\xBB\xBF"
      "retry: 5\r\n: c\r\rid: 1\r\nevent: e\r\ndata: a\r\ndata\r\n\r\ndata: b\n\n"
      "data: c\r\n\rdata: d\r\r\n";
  const auto whole = read(text);
  ASSERT_EQ(whole.size(), 4U);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    SseParser parser;
    std::vector<std::string> events;
    for (const std::string_view part :
         {std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)})
      ASSERT_TRUE(parser.feed(part, [&](StreamedEvent event) -> Result<> {
        events.push_back(event.type + "|" + event.data + "|" + event.id);
        return {};
      }));
    EXPECT_EQ(events, whole) << cut;
  }
  for (const std::size_t piece : {1U, 2U, 3U, 7U}) EXPECT_EQ(read(text, piece), whole) << piece;
}

TEST(SseParser, TakesRetryOfDigitsAlone) {
  struct Case {
    const char* value = nullptr;
    std::optional<milliseconds> expected;
  };
  for (const auto& [value, expected] : {
           Case{"0", milliseconds(0)},
           Case{"2500", milliseconds(2500)},
           Case{"86400000", milliseconds(86'400'000)},
           Case{"86400001", std::nullopt},
           Case{"", std::nullopt},
           Case{"-1", std::nullopt},
           Case{"-0", std::nullopt},
           Case{"1s", std::nullopt},
           Case{"99999999999999999999", std::nullopt},
       }) {
    SseParser parser;
    ASSERT_TRUE(parser.feed("retry: " + std::string(value) + "\n",
                            [](const StreamedEvent&) -> Result<> { return {}; }));
    EXPECT_EQ(parser.retry(), expected) << value;
  }
}

TEST(SseParser, BoundsLinesAndEvents) {
  const SseLimits limits{.line_max = 10, .event_max = 12};
  EXPECT_THAT(read("data:12345\n\n", 3, limits), ElementsAre("message|12345|"));
  EXPECT_THAT(read("data:123456\n\n", 3, limits), ElementsAre("client.event_too_large"));
  EXPECT_THAT(read(":" + std::string(10, 'x'), 3, limits), ElementsAre("client.event_too_large"));
  EXPECT_THAT(read("data:12345\ndata:12345\n\n", 3, limits), ElementsAre("message|12345\n12345|"));
  EXPECT_THAT(read("data:12345\ndata:12345\ndata\ndata\n\n", 3, limits),
              ElementsAre("client.event_too_large"));
}

TEST(SseParser, EndsWithTheErrorOfWhoTakesTheEvents) {
  SseParser parser;
  const auto fed =
      parser.feed("data: a\n\ndata: b\n\n", [](const StreamedEvent& event) -> Result<> {
        EXPECT_EQ(event.data, "a");
        return Error(ErrorCode::kOverloaded, "base.cancelled", "Enough.");
      });
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().message(), "Enough.");
}

TEST(SseParser, KeepsTheIdOfFinishedEventsOverARestart) {
  SseParser parser;
  const auto ignore = [](const StreamedEvent&) -> Result<> { return {}; };
  ASSERT_TRUE(parser.feed("id: 1\ndata: a\n\nid: 2\ndata: lost\r", ignore));
  parser.restart();
  EXPECT_EQ(parser.last_event_id(), "1");
  std::string seen;
  ASSERT_TRUE(
      parser.feed("\xEF\xBB\xBF"
                  "data: b\n\n",
                  [&](const StreamedEvent& event) -> Result<> {
                    seen = event.data + event.id;
                    return {};
                  }));
  EXPECT_EQ(seen, "b1");
}

}  // namespace
}  // namespace sotto::http
