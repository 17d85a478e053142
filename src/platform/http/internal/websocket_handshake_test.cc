#include "platform/http/internal/websocket_handshake.h"

#include <gtest/gtest.h>

namespace sotto::http::internal {
namespace {

std::vector<Field> offers(std::string_view value) {
  return {{.name = "sec-websocket-extensions", .value = value}};
}

TEST(WebSocketHandshake, AnswersTheKeyOfTheRfc) {
  EXPECT_EQ(*accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketHandshake, RefusesKeysThatAreNot16Bytes) {
  for (const char* key :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZTE=",
        "dGhl IHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ!=="}) {
    const auto accept = accept_key(key);
    ASSERT_FALSE(accept) << key;
    EXPECT_EQ(accept.error().reason(), "http.bad_handshake");
  }
}

TEST(WebSocketHandshake, AgreesOnDeflateWithoutTakeover) {
  struct Row {
    const char* offer;
    int bits;
  };
  for (const Row& row :
       {Row{"permessage-deflate", 12}, Row{"permessage-deflate; client_max_window_bits", 12},
        Row{"permessage-deflate; server_max_window_bits=15", 12},
        Row{"permessage-deflate; server_max_window_bits=9; client_max_window_bits=8", 9},
        Row{"permessage-deflate;server_max_window_bits=\"10\"", 10},
        Row{"permessage-deflate; server_no_context_takeover; client_no_context_takeover", 12},
        Row{"x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=8, "
            "permessage-deflate",
            12}}) {
    const auto agreed = agree_on_deflate(offers(row.offer));
    ASSERT_TRUE(agreed && agreed->has_value()) << row.offer;
    EXPECT_EQ((*agreed)->window_bits, row.bits) << row.offer;
    EXPECT_TRUE((*agreed)->response.starts_with(
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"));
    const bool asked =
        std::string_view(row.offer).find("server_max") != std::string_view::npos && row.bits != 12;
    EXPECT_EQ((*agreed)->response.find("server_max_window_bits=") != std::string::npos,
              asked || std::string_view(row.offer).ends_with("=15"))
        << row.offer;
  }
}

TEST(WebSocketHandshake, PassesOverOffersThatItCannotKeep) {
  for (const char* offer :
       {"", "permessage-bzip2", "permessage-deflate; unknown", "permessage-deflate; unknown=1",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; server_max_window_bits=1x",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10"}) {
    const auto agreed = agree_on_deflate(offers(offer));
    ASSERT_TRUE(agreed) << offer;
    EXPECT_FALSE(agreed->has_value()) << offer;
  }
}

TEST(WebSocketHandshake, RefusesExtensionsThatCannotBeRead) {
  std::string many;
  for (int i = 0; i < 17; ++i) many += "x, ";
  for (const std::string& value : {std::string("per message"), std::string("=1"), many})
    EXPECT_FALSE(agree_on_deflate(offers(value))) << value;
}

TEST(WebSocketHandshake, ChoosesTheProtocolThatWeLikeBest) {
  const std::vector<Field> fields{{.name = "Sec-WebSocket-Protocol", .value = "a, b"},
                                  {.name = "Sec-WebSocket-Protocol", .value = "c"}};
  EXPECT_EQ(*agree_on_protocol(fields, {"c", "a"}), "c");
  EXPECT_EQ(*agree_on_protocol(fields, {"B"}), "");
  EXPECT_EQ(*agree_on_protocol(fields, {}), "");
  EXPECT_EQ(*agree_on_protocol({}, {"a"}), "");
  EXPECT_FALSE(agree_on_protocol({{.name = "Sec-WebSocket-Protocol", .value = "a b"}}, {"a"}));
}

TEST(WebSocketHandshake, KnowsItsOwnOrigin) {
  EXPECT_TRUE(is_same_origin("https://here:8484", "here:8484"));
  EXPECT_TRUE(is_same_origin("http://HERE", "here"));
  for (const char* origin : {"", "null", "here", "https://here.evil", "https://evil/here",
                             "https://here:8485", "ftp://here", "https://evil@here"})
    EXPECT_FALSE(is_same_origin(origin, "here")) << origin;
}

}  // namespace
}  // namespace sotto::http::internal
