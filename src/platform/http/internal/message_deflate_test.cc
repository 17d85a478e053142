#include "platform/http/internal/message_deflate.h"

#include <gtest/gtest.h>

namespace sotto::http::internal {
namespace {

const std::string kText(2000, 'a');

TEST(WebSocketCodecs, ReadWhatTheyMakeWithEveryWindow) {
  WebSocketCodecs codecs;
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "{\"n\":" + std::to_string(i) + "}";
  for (const int bits : {9, 10, 11, 12, 15}) {
    std::string payload;
    ASSERT_TRUE(codecs.compress(text, bits, payload)) << bits;
    EXPECT_LT(payload.size(), text.size() / 2);
    const auto message = codecs.decompress(payload, text.size());
    ASSERT_TRUE(message) << message.error().describe();
    EXPECT_EQ(*message, text);
  }
}

TEST(WebSocketCodecs, ForgetOneMessageBeforeTheNext) {
  WebSocketCodecs codecs;
  std::string first;
  std::string second;
  ASSERT_TRUE(codecs.compress(kText, 12, first));
  ASSERT_TRUE(codecs.compress(kText, 12, second));
  EXPECT_EQ(first, second);
}

TEST(WebSocketCodecs, ReadTheExamplesOfTheRfc) {
  WebSocketCodecs codecs;
  // RFC 7692 §7.2.3: one block, no compression, a final block, two blocks.
  const std::string stored("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11);
  const std::string final_block("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8);
  const std::string two_blocks("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13);
  for (const std::string& payload :
       {std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7), stored, final_block, two_blocks}) {
    const auto message = codecs.decompress(payload, 5);
    ASSERT_TRUE(message) << message.error().describe();
    EXPECT_EQ(*message, "Hello");
  }
  EXPECT_EQ(*codecs.decompress(std::string(1, '\0'), 0), "");
}

TEST(WebSocketCodecs, LeaveAloneWhatDoesNotGetShorter) {
  WebSocketCodecs codecs;
  std::string payload = "kept";
  EXPECT_FALSE(codecs.compress("q8Zt", 12, payload));
  EXPECT_FALSE(codecs.compress("", 12, payload));
  EXPECT_FALSE(codecs.compress("a1B2c3D4e5F6g7H8", 12, payload));
  EXPECT_EQ(payload, "kept");
}

TEST(WebSocketCodecs, MakeNoMoreThanIsAllowed) {
  WebSocketCodecs codecs;
  std::string payload;
  ASSERT_TRUE(codecs.compress(kText, 12, payload));
  EXPECT_TRUE(codecs.decompress(payload, kText.size() + 1));
  EXPECT_TRUE(codecs.decompress(payload, kText.size()));
  const auto refused = codecs.decompress(payload, kText.size() - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "http.message_too_large");
}

TEST(WebSocketCodecs, SurviveABomb) {
  WebSocketCodecs codecs;
  const std::string zeros(std::size_t{64} << 20, '\0');
  std::string bomb;
  ASSERT_TRUE(codecs.compress(zeros, 12, bomb));
  ASSERT_LT(bomb.size(), zeros.size() / 100);
  const auto refused = codecs.decompress(bomb, std::size_t{1} << 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "http.message_too_large");
  EXPECT_EQ(*codecs.decompress(std::string(1, '\0'), 0), "");  // And is fit for the next.
}

TEST(WebSocketCodecs, RefuseWhatIsDamaged) {
  WebSocketCodecs codecs;
  std::string payload;
  ASSERT_TRUE(codecs.compress("The quick brown fox jumps over the quick brown dog", 12, payload));
  const std::string cut = payload.substr(0, payload.size() / 2);
  for (const std::string& bad : {std::string("\xff\xff\xff\xff", 4), std::string("\x07", 1), cut}) {
    const auto refused = codecs.decompress(bad, 1000);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "http.bad_message");
  }
}

}  // namespace
}  // namespace sotto::http::internal
