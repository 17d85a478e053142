#include "platform/http/client/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/client/testing/client_fixture.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";

class EventStreams : public ClientFixture {
 protected:
  /// Reads until `count` events have come or the stream fails; its reason then.
  std::string read(std::size_t count, EventStreamOptions options = {}) {
    options.retry = milliseconds(1);
    const auto done = stream_events(context_, *client_, {.url = url()}, options,
                                    [&](const StreamedEvent& event) -> Result<bool> {
                                      events_.push_back(event.data);
                                      return events_.size() < count;
                                    });
    return done ? "" : done.error().reason();
  }

  std::vector<std::string> events_;
};

TEST_F(EventStreams, GoOnWhereTheyBroke) {
  std::vector<std::string> heads;
  const auto server = serve([&](ScriptedPeer& peer) {
    heads.push_back(peer.read_head());
    peer.send(kStreamHead);
    const std::string id = std::to_string(peer.index());
    peer.send("id: " + id + "\ndata: a" + id + "\n\nid: lost\ndata: cut");
  });
  EXPECT_EQ(read(3), "");
  EXPECT_THAT(events_, ElementsAre("a0", "a1", "a2"));
  EXPECT_THAT(heads[0], HasSubstr("Accept: text/event-stream\r\n"));
  EXPECT_THAT(heads[0], Not(HasSubstr("Last-Event-ID")));
  EXPECT_THAT(heads[1], HasSubstr("Last-Event-ID: 0\r\n"));
  EXPECT_THAT(heads[2], HasSubstr("Last-Event-ID: 1\r\n"));
}

TEST_F(EventStreams, EndForGoodWithoutContent) {
  const auto server = serve([&](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(peer.index() == 0 ? std::string(kStreamHead) + "data: a\n\n"
                                : "HTTP/1.1 204 No Content\r\n\r\n");
  });
  EXPECT_EQ(read(9), "");
  EXPECT_THAT(events_, ElementsAre("a"));
}

TEST_F(EventStreams, RefuseWhatIsNoStream) {
  for (const std::string& answer :
       {ok_answer("data: a\n\n", "Content-Type: text/plain\r\n"), ok_answer("data: a\n\n"),
        bare_answer("401 No", "Content-Type: text/event-stream\r\n")}) {
    const auto server = serve([answer](ScriptedPeer& peer) {
      peer.read_head();
      peer.send(answer);
    });
    EXPECT_EQ(read(1), "client.not_an_event_stream") << answer;
    EXPECT_EQ(server_->connections(), 1);
  }
}

TEST_F(EventStreams, EndAfterTooManyConnectionsWithoutAnEvent) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(kStreamHead);
  });
  EXPECT_EQ(read(1, {.failures_max = 3}), "client.connection_lost");
  EXPECT_EQ(server_->connections(), 3);
}

TEST_F(EventStreams, EndWithTheirContextAndWithTheErrorOfTheReader) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(std::string(kStreamHead) + "data: a\n\n");
    peer.wait_closed();
  });
  const auto failed = stream_events(
      context_, *client_, {.url = url()}, {}, [](const StreamedEvent&) -> Result<bool> {
        return Error(ErrorCode::kUnavailable, "base.cancelled", "No.");
      });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "No.");
  EXPECT_EQ(server_->connections(), 1) << "the reader's error is final, whatever its code";
  context_ = CallContext::with_timeout(milliseconds(100));
  EXPECT_EQ(read(9), "base.deadline_exceeded");
}

TEST_F(EventStreams, RefuseEventsAboveTheLimit) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(kStreamHead);
    while (peer.send("data: " + std::string(1000, 'x') + "\n")) {
    }
  });
  EXPECT_EQ(read(1), "client.event_too_large");
  EXPECT_EQ(server_->connections(), 1);
}

}  // namespace
}  // namespace sotto::http
