// Streams of events and of bodies without a socket: what they make, and when.
#include "platform/http/internal/channel_stream.h"

#include <future>
#include <gtest/gtest.h>

namespace sotto::http::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string made(Stream& stream) {
  std::string out;
  stream.produce(out);
  return out;
}

class ChannelStreams : public testing::Test {
 protected:
  std::function<void(StreamEnd)> note() {
    return [this](StreamEnd end) { ends_.push_back(end); };
  }
  Waker waker() {
    return [this] { ++wakes_; };
  }

  std::vector<StreamEnd> ends_;
  int wakes_ = 0;
  Stream::TimePoint now_{seconds(1000)};
};

TEST_F(ChannelStreams, FrameEventsAsChunks) {
  const auto channel = EventChannel::create({.on_end = note()});
  ASSERT_TRUE(channel->publish({.data = "early"}));
  ChannelStream stream(*channel, true, waker());
  EXPECT_EQ(made(stream), "d\r\ndata: early\n\n\r\n");
  ASSERT_TRUE(channel->publish({.data = "1"}));
  ASSERT_TRUE(channel->publish({.data = "2"}));
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(made(stream), "12\r\ndata: 1\n\ndata: 2\n\n\r\n");
  EXPECT_EQ(made(stream), "");
  EXPECT_EQ(stream.state(), Stream::State::kOpen);
}

TEST_F(ChannelStreams, EndBehindWhatWaits) {
  const auto channel = EventChannel::create({.on_end = note()});
  ChannelStream stream(*channel, true, waker());
  ASSERT_TRUE(channel->publish({.data = "x"}));
  channel->end();
  EXPECT_EQ(stream.state(), Stream::State::kOpen);
  EXPECT_EQ(made(stream), "9\r\ndata: x\n\n\r\n0\r\n\r\n");
  EXPECT_EQ(stream.state(), Stream::State::kClose);
  stream.end(true);
  EXPECT_EQ(ends_, std::vector{StreamEnd::kFinished});
}

TEST_F(ChannelStreams, SendCommentsWhereNothingHappens) {
  const auto channel = EventChannel::create({.heartbeat = milliseconds(15'000)});
  ChannelStream stream(*channel, false, waker());
  EXPECT_FALSE(stream.sweep(now_));
  EXPECT_FALSE(stream.sweep(now_ + seconds(14)));
  EXPECT_TRUE(stream.sweep(now_ + seconds(15)));
  EXPECT_EQ(made(stream), ":\n\n");
  EXPECT_FALSE(stream.sweep(now_ + seconds(16)));
  ASSERT_TRUE(channel->publish({.data = "x"}));
  made(stream);
  EXPECT_FALSE(stream.sweep(now_ + seconds(30)));
  EXPECT_FALSE(stream.sweep(now_ + seconds(44)));
  EXPECT_TRUE(stream.sweep(now_ + seconds(45)));
}

TEST_F(ChannelStreams, CutAClientThatIsTooSlow) {
  const auto channel = EventChannel::create({.count_max = 1, .on_end = note()});
  ChannelStream stream(*channel, true, waker());
  ASSERT_TRUE(channel->publish({}));
  EXPECT_FALSE(channel->publish({}));
  EXPECT_EQ(wakes_, 2);  // Even though the first wake was not followed up yet.
  EXPECT_EQ(stream.state(), Stream::State::kCut);
  stream.end(false);
  EXPECT_EQ(ends_, std::vector{StreamEnd::kTooSlow});
}

TEST_F(ChannelStreams, EndEventsWhenTheServerStops) {
  const auto channel = EventChannel::create({.on_end = note()});
  ChannelStream stream(*channel, true, waker());
  ASSERT_TRUE(channel->publish({.data = "x"}));
  stream.drain();
  EXPECT_FALSE(channel->publish({}));
  EXPECT_EQ(made(stream), "9\r\ndata: x\n\n\r\n0\r\n\r\n");
  stream.end(true);
  EXPECT_EQ(ends_, std::vector{StreamEnd::kServerStops});
}

TEST_F(ChannelStreams, LetABodyFinishWhenTheServerStops) {
  const auto channel = BodyChannel::create();
  ChannelStream stream(*channel, true, waker());
  stream.drain();
  EXPECT_TRUE(channel->try_write("rest"));
  channel->end();
  EXPECT_EQ(made(stream), "4\r\nrest\r\n0\r\n\r\n");
  EXPECT_EQ(stream.state(), Stream::State::kComplete);
}

TEST_F(ChannelStreams, TellTheOwnerThatTheClientLeft) {
  const auto channel = EventChannel::create({.on_end = note()});
  ChannelStream stream(*channel, true, waker());
  stream.end(false);
  EXPECT_EQ(ends_, std::vector{StreamEnd::kClientLeft});
  EXPECT_EQ(channel->publish({}).error().reason(), "http.stream_ended");
  EXPECT_EQ(wakes_, 0);
}

TEST_F(ChannelStreams, TellTheOwnerOfAnAnswerThatIsNeverSent) {
  const auto channel = BodyChannel::create({.on_end = note()});
  ChannelStream::abandon(*channel);
  EXPECT_EQ(ends_, std::vector{StreamEnd::kClientLeft});
  EXPECT_FALSE(channel->is_open());
}

TEST_F(ChannelStreams, CutABodyThatFails) {
  auto channel = BodyChannel::create({.on_end = note()});
  ChannelStream stream(*channel, true, waker());
  ASSERT_TRUE(channel->try_write("half"));
  channel.reset();  // Whoever made it is gone, without a word.
  EXPECT_EQ(stream.state(), Stream::State::kCut);
  EXPECT_EQ(made(stream), "");
  stream.end(false);
  EXPECT_EQ(ends_, std::vector{StreamEnd::kFailed});
}

TEST_F(ChannelStreams, SendABodyPlainToHttp10) {
  const auto channel = BodyChannel::create();
  ChannelStream stream(*channel, false, waker());
  ASSERT_TRUE(channel->try_write("abc"));
  channel->end();
  EXPECT_EQ(made(stream), "abc");
  EXPECT_EQ(stream.state(), Stream::State::kClose);
}

TEST(BodyChannel, TakesNoMoreThanItsLimit) {
  const auto channel = BodyChannel::create({.bytes_max = 4});
  EXPECT_TRUE(channel->try_write("abc"));
  EXPECT_TRUE(channel->try_write("d"));
  EXPECT_EQ(channel->try_write("e").error().reason(), "http.stream_full");
  EXPECT_TRUE(channel->is_open());
  const auto late = channel->write(CallContext::with_timeout(milliseconds(1)), "e");
  EXPECT_EQ(late.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST(BodyChannel, WaitsForRoomAndGoesOn) {
  const auto channel = BodyChannel::create({.bytes_max = 4});
  ChannelStream stream(*channel, false, [] {});
  auto writer = std::async(std::launch::async, [&] {
    return channel->write(CallContext::with_timeout(seconds(10)), "0123456789").has_value();
  });
  std::string body;
  while (body.size() < 10) stream.produce(body);
  EXPECT_TRUE(writer.get());
  EXPECT_EQ(body, "0123456789");
}

TEST(BodyChannel, WakesAWriterWhoseClientLeft) {
  const auto channel = BodyChannel::create({.bytes_max = 4});
  ChannelStream stream(*channel, false, [] {});
  ASSERT_TRUE(channel->try_write("full"));
  auto writer = std::async(std::launch::async, [&] {
    return channel->write(CallContext::with_timeout(seconds(10)), "more");
  });
  stream.end(false);
  EXPECT_EQ(writer.get().error().reason(), "http.stream_ended");
}

}  // namespace
}  // namespace sotto::http::internal
