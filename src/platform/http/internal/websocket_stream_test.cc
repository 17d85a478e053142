// One WebSocket without a socket: bytes go in and come out by hand, and time is what it is told.
#include "platform/http/internal/websocket_stream.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "platform/http/testing/websocket_frames.h"

namespace sotto::http::internal {
namespace {

using std::chrono::seconds;

/// What a handler was told, kept where the test can see it.
struct Told {
  std::shared_ptr<WebSocketSession> session;
  std::vector<std::string> messages;
  int writable_count = 0;
  std::vector<std::pair<std::uint16_t, std::string>> closes;
  std::function<void()> on_message;
};

class RecordingHandler final : public WebSocketHandler {
 public:
  explicit RecordingHandler(Told& told) : told_(told) {}
  void on_open(const std::shared_ptr<WebSocketSession>& session) override {
    told_.session = session;
  }
  void on_text(std::string& text) override { take("text " + text); }
  void on_binary(std::string& bytes) override { take("binary " + bytes); }
  void on_writable() override { ++told_.writable_count; }
  void on_close(std::uint16_t code, std::string_view reason) override {
    told_.closes.emplace_back(code, reason);
  }

 private:
  void take(std::string message) {
    told_.messages.push_back(std::move(message));
    if (told_.on_message) told_.on_message();
  }
  Told& told_;
};

class WebSocketStreams : public testing::Test {
 protected:
  void open(WebSocketOptions options = {}, int window_bits = 0) {
    stream_ = WebSocketStream::open({.handler = std::make_unique<RecordingHandler>(told_),
                                     .options = std::move(options),
                                     .protocol = "chat",
                                     .deflate_window_bits = window_bits},
                                    codecs_, [this] { ++wakes_; });
  }
  /// Gives `bytes` to the stream, as a connection would.
  void receive(std::string_view bytes) {
    ReadBuffer in;
    while (!bytes.empty() || !in.empty()) {
      if (!bytes.empty()) {
        const auto room = in.room(65'536);
        const std::size_t count = std::min(room.size(), bytes.size());
        std::copy_n(bytes.begin(), count, room.begin());
        in.commit(count);
        bytes.remove_prefix(count);
      }
      while (!in.empty() && stream_->consume(in)) {
      }
    }
  }
  std::string sent() {
    std::string out;
    stream_->produce(out);
    return out;
  }
  bool pass(seconds time) {
    now_ += time;
    return stream_->sweep(now_);
  }

  Told told_;
  WebSocketCodecs codecs_;
  int wakes_ = 0;
  Stream::TimePoint now_{seconds(1000)};
  std::unique_ptr<WebSocketStream> stream_;
};

std::string server_close(std::uint16_t code, std::string_view reason = {}) {
  std::string frame;
  append_frame(frame, Opcode::kClose, close_payload(code, reason));
  return frame;
}

TEST_F(WebSocketStreams, PassMessagesBothWays) {
  open();
  EXPECT_EQ(told_.session->protocol(), "chat");
  receive(client_frame(kFinalText, "hi") + client_frame(kFinalBinary, std::string("\0\xff", 2)));
  EXPECT_EQ(told_.messages, (std::vector<std::string>{"text hi", std::string("binary \0\xff", 9)}));
  ASSERT_TRUE(told_.session->send_text("ho"));
  ASSERT_TRUE(told_.session->send_binary("\xff"));
  EXPECT_EQ(told_.session->queued_bytes(), 3U);
  EXPECT_EQ(sent(), "\x81\x02ho\x82\x01\xff");
  EXPECT_EQ(told_.session->queued_bytes(), 0U);
  EXPECT_EQ(sent(), "");
}

TEST_F(WebSocketStreams, CompressBothWays) {
  open({}, 12);
  const std::string text(500, 'z');
  std::string payload;
  ASSERT_TRUE(codecs_.compress(text, 12, payload));
  receive(client_frame(kCompressedText, payload));
  EXPECT_EQ(told_.messages, std::vector<std::string>{"text " + text});
  ASSERT_TRUE(told_.session->send_text(text));
  const std::string frame = sent();
  EXPECT_EQ(frame[0], '\xC1');
  EXPECT_EQ(*codecs_.decompress(std::string_view(frame).substr(2), 500), text);
  ASSERT_TRUE(told_.session->send_text("short"));
  EXPECT_EQ(sent(), "\x81\x05short");
}

TEST_F(WebSocketStreams, CompressOnlyWhatIsNeitherShortNorLong) {
  open({.compress_min = 100, .compress_max = 200}, 12);
  for (const std::size_t size : {99U, 100U, 200U, 201U}) {
    ASSERT_TRUE(told_.session->send_text(std::string(size, 'z')));
    EXPECT_EQ(sent()[0] == '\xC1', size == 100 || size == 200) << size;
  }
}

TEST_F(WebSocketStreams, CloseOnABomb) {
  open({.message_max = 1000}, 12);
  std::string payload;
  ASSERT_TRUE(codecs_.compress(std::string(1001, 'z'), 12, payload));
  receive(client_frame(kCompressedText, payload));
  EXPECT_TRUE(told_.messages.empty());
  EXPECT_EQ(sent(), server_close(1009, "The message is larger than 1000 bytes."));
  EXPECT_EQ(stream_->state(), Stream::State::kClose);
  stream_->end(true);
  ASSERT_EQ(told_.closes.size(), 1U);
  EXPECT_EQ(told_.closes.front().first, 1009);
}

TEST_F(WebSocketStreams, CheckCompressedTexts) {
  open({}, 12);
  std::string payload;
  ASSERT_TRUE(codecs_.compress(std::string(200, '\xff'), 12, payload));
  receive(client_frame(kCompressedText, payload));
  EXPECT_EQ(sent(), server_close(1007, "The text is not UTF-8."));
}

TEST_F(WebSocketStreams, CloseOnDamagedCompression) {
  open({}, 12);
  receive(client_frame(kCompressedText, "\xff\xff\xff\xff"));
  EXPECT_EQ(sent(), server_close(1007, "The compressed message is damaged."));
}

TEST_F(WebSocketStreams, AnswerTheLatestPing) {
  open();
  receive(client_frame(kFinalPing, "1"));
  EXPECT_EQ(sent(),
            "\x8a\x01"
            "1");
  receive(client_frame(kFinalPing, "2") + client_frame(kFinalPing, "3") +
          client_frame(kFinalPong, "unasked"));
  EXPECT_EQ(sent(),
            "\x8a\x01"
            "3");
}

TEST_F(WebSocketStreams, EchoTheClientsClose) {
  open();
  receive(client_frame(kFinalClose, close_text(4001, "done")));
  EXPECT_EQ(sent(), server_close(4001, "done"));
  EXPECT_EQ(stream_->state(), Stream::State::kClose);
  stream_->end(true);
  EXPECT_EQ(told_.closes.front(), (std::pair<std::uint16_t, std::string>(4001, "done")));
  EXPECT_EQ(told_.session->send_text("x").error().reason(), "http.websocket_closed");
}

TEST_F(WebSocketStreams, EchoACloseWithoutACode) {
  open();
  receive(client_frame(kFinalClose, ""));
  EXPECT_EQ(sent(), std::string("\x88\0", 2));
  stream_->end(true);
  EXPECT_EQ(told_.closes.front().first, kCloseNoStatus);
}

TEST_F(WebSocketStreams, CloseBehindWhatIsQueued) {
  open();
  ASSERT_TRUE(told_.session->send_text("last"));
  told_.session->close(kCloseNormal, "bye");
  EXPECT_EQ(told_.session->send_text("late").error().reason(), "http.websocket_closed");
  EXPECT_EQ(sent(), "\x81\x04last" + server_close(1000, "bye"));
  EXPECT_EQ(stream_->state(), Stream::State::kOpen);  // The client has not answered.
  receive(client_frame(kFinalText, "crossing") + client_frame(kFinalClose, close_text(1000)));
  EXPECT_TRUE(told_.messages.empty());
  EXPECT_EQ(stream_->state(), Stream::State::kClose);
  EXPECT_EQ(sent(), "");
}

TEST_F(WebSocketStreams, GiveUpOnAClientThatDoesNotAnswerTheClose) {
  open();
  told_.session->close(kCloseNormal, {});
  sent();
  pass(seconds(0));
  pass(seconds(5));
  EXPECT_EQ(stream_->state(), Stream::State::kOpen);
  EXPECT_TRUE(pass(seconds(1)));
  EXPECT_EQ(stream_->state(), Stream::State::kCut);
  stream_->end(false);
  EXPECT_EQ(told_.closes.front().first, kCloseAbnormal);
}

TEST_F(WebSocketStreams, SayGoodbyeWhenTheServerStops) {
  open();
  stream_->drain();
  EXPECT_EQ(sent(), server_close(1001, "The server stops."));
}

TEST_F(WebSocketStreams, PingASilentClientAndCutADeadOne) {
  open({.ping_interval = seconds(20), .pong_timeout = seconds(10)});
  pass(seconds(0));
  EXPECT_FALSE(pass(seconds(19)));
  EXPECT_TRUE(pass(seconds(1)));
  EXPECT_EQ(sent(), std::string("\x89\0", 2));
  EXPECT_FALSE(pass(seconds(10)));
  receive(client_frame(kFinalPong, ""));
  EXPECT_FALSE(pass(seconds(1)));  // It lives, and the interval begins anew.
  EXPECT_TRUE(pass(seconds(20)));
  sent();
  EXPECT_TRUE(pass(seconds(11)));
  EXPECT_EQ(stream_->state(), Stream::State::kCut);
}

TEST_F(WebSocketStreams, CloseOnAMessageThatDoesNotEnd) {
  open({.message_timeout = seconds(60)});
  receive(client_frame(0x01, "beginning"));
  for (int i = 0; i < 6; ++i) {
    receive(client_frame(kFinalPing, ""));  // Alive all the time.
    pass(seconds(10));
  }
  sent();
  EXPECT_EQ(stream_->state(), Stream::State::kOpen);
  receive(client_frame(0x00, "x"));
  EXPECT_TRUE(pass(seconds(11)));
  EXPECT_EQ(sent(), server_close(1008, "The message came too slowly."));
}

TEST_F(WebSocketStreams, TakeTimeForEachMessageAnew) {
  open({.message_timeout = seconds(60)});
  for (int i = 0; i < 20; ++i) {
    receive(client_frame(0x01, "a"));
    pass(seconds(10));
    receive(client_frame(0x80, "b"));
    EXPECT_NE(told_.messages.size(), 0U);
  }
  EXPECT_EQ(stream_->state(), Stream::State::kOpen);
  EXPECT_EQ(told_.messages.size(), 20U);
}

TEST_F(WebSocketStreams, RefuseToQueueMoreThanTheirLimit) {
  open({.queue_bytes_max = 10});
  ASSERT_TRUE(told_.session->send_text("123456789"));
  ASSERT_TRUE(told_.session->send_text("0"));
  const auto refused = told_.session->send_text("1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "http.websocket_full");
  EXPECT_EQ(told_.session->send_binary(std::string(11, 'x')).error().reason(),
            "http.message_too_large");
  EXPECT_EQ(told_.writable_count, 0);
  EXPECT_EQ(sent(),
            "\x81\x09"
            "123456789"
            "\x81\x01"
            "0");
  EXPECT_EQ(told_.writable_count, 1);
  sent();
  EXPECT_EQ(told_.writable_count, 1);
  EXPECT_TRUE(told_.session->send_text("1"));
}

TEST_F(WebSocketStreams, RefuseToQueueMoreMessagesThanTheirLimit) {
  open({.queue_count_max = 2});
  EXPECT_TRUE(told_.session->send_text(""));
  EXPECT_TRUE(told_.session->send_text(""));
  EXPECT_FALSE(told_.session->send_text(""));
}

TEST_F(WebSocketStreams, CloseASlowClientWhereThatIsAskedFor) {
  open({.queue_bytes_max = 10, .close_when_full = true});
  ASSERT_TRUE(told_.session->send_text("1234567890"));
  EXPECT_FALSE(told_.session->send_text("1"));
  EXPECT_EQ(sent(), server_close(1013, "The client is too slow."));
}

TEST_F(WebSocketStreams, SendNoTextThatIsNotUtf8) {
  open();
  EXPECT_EQ(told_.session->send_text("\xff").error().reason(), "http.bad_message");
}

TEST_F(WebSocketStreams, ReadNothingWhilePaused) {
  open({.ping_interval = seconds(20)});
  EXPECT_GT(stream_->input_max(), 0U);
  told_.session->pause_reading();
  EXPECT_EQ(stream_->input_max(), 0U);
  pass(seconds(100));
  EXPECT_FALSE(pass(seconds(100)));  // Nobody is found dead whom nobody listens to.
  const int wakes = wakes_;
  told_.session->resume_reading();
  EXPECT_EQ(wakes_, wakes + 1);
  EXPECT_GT(stream_->input_max(), 0U);
}

TEST_F(WebSocketStreams, WakeOnceForManyMessages) {
  open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(told_.session->send_text("x"));
  EXPECT_EQ(wakes_, 1);
  sent();
  ASSERT_TRUE(told_.session->send_text("x"));
  EXPECT_EQ(wakes_, 2);
  stream_->end(false);
  told_.session->close(kCloseNormal, {});
  EXPECT_EQ(wakes_, 2);
}

TEST_F(WebSocketStreams, GiveNoMoreMessagesToAHandlerThatClosed) {
  open();
  told_.on_message = [this] { told_.session->close(kCloseNormal, {}); };
  receive(client_frame(kFinalText, "1") + client_frame(kFinalText, "2"));
  EXPECT_EQ(told_.messages.size(), 1U);
}

TEST_F(WebSocketStreams, KeepWhatIsMadeAtOnceSmall) {
  open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(told_.session->send_binary(std::string(30'000, 'x')));
  EXPECT_LE(sent().size(), 64U * 1024U + 30'004U);
  EXPECT_GT(told_.session->queued_bytes(), 0U);
}

}  // namespace
}  // namespace sotto::http::internal
