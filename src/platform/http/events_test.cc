#include "platform/http/events.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

Request request_with(std::string_view id) {
  Request request;
  request.head.fields.push_back({.name = "last-event-id", .value = id});
  return request;
}

TEST(Event, IsWrittenLineByLine) {
  EXPECT_EQ(*to_text({.data = "hi"}), "data: hi\n\n");
  EXPECT_EQ(*to_text({}), "data: \n\n");
  EXPECT_EQ(*to_text({.id = "7",
                      .name = "partial",
                      .data = "a\nb\r\nc\rd\n",
                      .retry = std::chrono::milliseconds(250)}),
            "event: partial\nid: 7\nretry: 250\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST(Event, RefusesWhatWouldBeReadAsSomethingElse) {
  for (const Event& event : {Event{.id = "1\n2"}, Event{.id = std::string("1\0", 2)},
                             Event{.id = "\r"}, Event{.name = "a\nb"}, Event{.data = "\xff"},
                             Event{.id = "\xff"}, Event{.retry = std::chrono::milliseconds(-1)}}) {
    const auto text = to_text(event);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().reason(), "http.bad_event");
  }
}

TEST(LastEventId, IsTakenWhereItCanBeOne) {
  EXPECT_EQ(*last_event_id(Request()), "");
  EXPECT_EQ(*last_event_id(request_with("42-7")), "42-7");
  EXPECT_EQ(last_event_id(request_with(std::string(256, 'x')))->size(), 256U);
}

TEST(LastEventId, IsRefusedOtherwise) {
  for (const std::string& id : {std::string(257, 'x'), std::string("a\tb"), std::string("\xff")}) {
    const auto taken = last_event_id(request_with(id));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().reason(), "http.bad_last_event_id");
  }
}

TEST(EventChannel, ClosesOnTooMuchThatNobodyTakes) {
  const auto by_bytes = EventChannel::create({.bytes_max = 30});  // "data: hi\n\n" has 10.
  EXPECT_TRUE(by_bytes->publish({.data = "hi"}));
  EXPECT_TRUE(by_bytes->publish({.data = "hi"}));
  EXPECT_TRUE(by_bytes->publish({.data = "hi"}));
  EXPECT_EQ(by_bytes->publish({.data = "hi"}).error().reason(), "http.stream_full");
  EXPECT_FALSE(by_bytes->is_open());
  EXPECT_EQ(by_bytes->publish({.data = "hi"}).error().reason(), "http.stream_ended");

  const auto by_count = EventChannel::create({.count_max = 2});
  EXPECT_TRUE(by_count->publish({}));
  EXPECT_TRUE(by_count->publish({}));
  EXPECT_EQ(by_count->publish({}).error().reason(), "http.stream_full");
}

TEST(EventChannel, SurvivesAnEventThatIsTooLarge) {
  const auto channel = EventChannel::create({.bytes_max = 10});  // "data: hi\n\n" has 10.
  EXPECT_EQ(channel->publish({.data = "hi!"}).error().reason(), "http.bad_event");
  EXPECT_TRUE(channel->publish({.data = "hi"}));
}

TEST(EventChannel, TakesNothingOnceEnded) {
  const auto channel = EventChannel::create();
  EXPECT_TRUE(channel->is_open());
  channel->end();
  EXPECT_FALSE(channel->is_open());
  EXPECT_EQ(channel->publish({}).error().reason(), "http.stream_ended");
}

}  // namespace
}  // namespace sotto::http
