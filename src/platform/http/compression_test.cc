#include "platform/http/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/conditions.h"
#include "platform/http/middleware/steps.h"
#include "platform/http/server.h"
#include "platform/http/testing/decode.h"
#include "platform/http/testing/raw_client.h"

namespace sotto::http {
namespace {

using testing::HasSubstr;

/// Text that is worth compressing.
std::string text_of(std::size_t size) {
  std::string text;
  text.reserve(size + 32);
  for (std::size_t i = 0; text.size() < size; ++i) text += "word " + std::to_string(i * 7919) + ' ';
  text.resize(size);
  return text;
}

/// Bytes without any order in them.
std::string noise_of(std::size_t size) {
  std::string noise;
  std::uint64_t state = 88172645463325252U;
  while (noise.size() < size) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    noise += static_cast<char>(state & 0xff);
  }
  return noise;
}

std::string choice(std::string_view field) {
  const AcceptEncoding accepted = AcceptEncoding::parse(field);
  const auto chosen = accepted.choose({Coding::kBrotli, Coding::kGzip});
  return (chosen ? std::string(to_string(*chosen)) : "none") +
         (accepted.takes_identity() ? "" : ", no identity");
}

TEST(AcceptEncodings, AreChosenFrom) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"", "none"},
      {"gzip", "gzip"},
      {"br", "br"},
      {"gzip, deflate, br, zstd", "br"},
      {"GZIP", "gzip"},
      {"x-gzip", "gzip"},
      {"deflate", "none"},
      {"gzip;q=0", "none"},
      {"gzip;q=0.000", "none"},
      {"gzip;q=0.001", "gzip"},
      {"gzip;q=1.000, br;q=0.999", "gzip"},
      {"gzip ; q=0.5 , br ; Q=0.7", "br"},
      {"*", "br"},
      {"*;q=0.3, br;q=0", "gzip"},
      {"*;q=0", "none, no identity"},
      {"*;q=0, gzip", "gzip, no identity"},
      {"*;q=0, identity", "none"},
      {"identity", "none"},
      {"identity;q=0", "none, no identity"},
      {"identity;q=0, gzip;q=0.1", "gzip, no identity"},
      {"identity;q=1, gzip;q=0.5", "none"},
      {"identity;q=0.5, gzip;q=1", "gzip"},
      {"identity, gzip", "gzip"},
      {",,gzip,,", "gzip"},
  };
  for (const auto& [field, expected] : rows) EXPECT_EQ(choice(field), expected) << field;
}

TEST(AcceptEncodings, CountAsNotSentWhereTheyAreMalformed) {
  for (const char* field :
       {"gzip;q=2",   "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=",    "gzip;q",    "gzip;q=-1",
        "gzip;q=.5",  "gzip;q=1;q=1", "gzip;level=1",  "gzip;",      "gzip br",   "gzip, gzip",
        "br, br;q=0", "gzip, x-gzip", "*, *",          "gzip;q=1e0", "gzip;q= 1", "\"gzip\"",
        "gzip\x01",   "gzip;q=0.5x",  "gzip;q=1,;"})
    EXPECT_EQ(choice(field), "none") << field;
}

TEST(AcceptEncodings, AreBounded) {
  std::string list = "gzip";
  for (std::size_t i = 1; i < AcceptEncoding::kElementsMax; ++i) list += ",a" + std::to_string(i);
  EXPECT_EQ(choice(list), "gzip");
  EXPECT_EQ(choice(list + ",b"), "none");
  std::string longest = "gzip";
  longest.resize(AcceptEncoding::kLengthMax, ' ');
  EXPECT_EQ(choice(longest), "gzip");
  EXPECT_EQ(choice(longest + ' '), "none");
}

TEST(AcceptEncodings, AreReadFromAllTheirFields) {
  const auto of = [](const std::vector<Field>& fields) {
    return AcceptEncoding::of(fields).choose({Coding::kBrotli, Coding::kGzip});
  };
  EXPECT_EQ(of({}), std::nullopt);
  EXPECT_EQ(of({{"accept-encoding", "gzip"}, {"Host", "br"}}), Coding::kGzip);
  EXPECT_EQ(of({{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "br"}}), Coding::kBrotli);
  EXPECT_EQ(of({{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "gzip;q=0"}}), std::nullopt);
  const std::string half(AcceptEncoding::kLengthMax / 2, ' ');
  EXPECT_EQ(of({{"Accept-Encoding", "gzip" + half}, {"Accept-Encoding", half}}), std::nullopt);
}

TEST(Compressing, GivesBackWhatWentIn) {
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    for (const std::size_t size : {0U, 1U, 255U, 1024U, 65'536U, 65'537U, 1'000'000U}) {
      for (const std::string& bytes : {text_of(size), noise_of(size)}) {
        const auto coded = compress(coding, bytes);
        ASSERT_TRUE(coded);
        EXPECT_EQ(decode(to_string(coding), *coded, size + 1), bytes) << to_string(coding) << size;
      }
    }
    const auto small = compress(coding, text_of(100'000));
    ASSERT_TRUE(small);
    EXPECT_LT(small->size(), 50'000U);
  }
}

TEST(Compressing, IsForText) {
  for (const char* type :
       {"application/json", "application/problem+json", "text/html; charset=utf-8", "text/plain",
        "image/svg+xml", "application/javascript", "application/manifest+json", "application/wasm"})
    EXPECT_TRUE(is_compressible(type)) << type;
  for (const char* type :
       {"", "text/event-stream", "text/event-stream; charset=utf-8", "audio/mpeg", "image/png",
        "application/octet-stream", "application/zip", "video/mp4", "application/x-x509-ca-cert"})
    EXPECT_FALSE(is_compressible(type)) << type;
}

constexpr std::string_view kGzipped = "not really gzip";

class CompressedServers : public testing::Test {
 protected:
  CompressedServers() {
    std::vector<std::unique_ptr<Middleware>> steps;
    steps.push_back(std::make_unique<Compression>());
    auto server = Server::start({.listen = {{.address = "127.0.0.1"}}}, table(), std::move(steps));
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }

  static Response text_answer(Request& request) {
    Response response = Response::text(text_of(std::stoul(std::string(request.parameter("size")))));
    response.etag = "\"1\"";
    return response;
  }

  static Router table() {
    Router router;
    const auto add = [&router](const char* pattern, RouteOptions options, auto change) {
      router.add({.pattern = pattern,
                  .handler = [change](const CallContext&, Request& request) -> Result<Response> {
                    Response response = text_answer(request);
                    change(response);
                    return response;
                  },
                  .options = options});
    };
    add("/text/{size:int}", {}, [](Response&) {});
    add("/immediate/{size:int}", {.immediate = true}, [](Response&) {});
    add("/secret/{size:int}", {.compress = false}, [](Response&) {});
    add("/binary/{size:int}", {}, [](Response& response) { response.content_type = "audio/mpeg"; });
    add("/noise/{size:int}", {},
        [](Response& response) { response.body = noise_of(response.body.size()); });
    add("/ranges/{size:int}", {}, [](Response& response) { response.allows_ranges = true; });
    add("/coded/{size:int}", {},
        [](Response& response) { response.with("Content-Encoding", "zstd"); });
    add("/ready/{size:int}", {.immediate = true}, [](Response& response) {
      response.encoded = {{.coding = Coding::kGzip, .bytes = kGzipped}};
    });
    router.add(
        {.pattern = "/broken", .handler = [](const CallContext&, Request&) -> Result<Response> {
           return Error(ErrorCode::kInvalidArgument, "http.bad_path", text_of(2000));
         }});
    return router;
  }

  std::string ask(const std::string& path, const std::string& fields, const char* method = "GET") {
    RawClient client(server_->endpoints().front());
    client.send(std::string(method) + ' ' + path +
                " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + fields + "\r\n");
    return client.receive_all();
  }
  /// The coding of the answer, checked to be that text.
  std::string coding(const std::string& path, std::size_t size,
                     const std::string& accept = "gzip, br") {
    const std::string answer =
        ask(path + '/' + std::to_string(size), "Accept-Encoding: " + accept + "\r\n");
    const std::string found = field_of_answer(answer, "Content-Encoding");
    EXPECT_EQ(decode(found, body_of_answer(answer), size + 1), text_of(size));
    EXPECT_EQ(field_of_answer(answer, "Vary"), "Accept-Encoding");
    return found.empty() ? "none" : found;
  }

  std::unique_ptr<Server> server_;
};

TEST(Compressions, CanBeAsSmallAsItGets) {
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    for (const std::size_t size : {0U, 1U, 5000U, 300'000U}) {
      const std::string text = text_of(size);
      const auto fast = compress(coding, text);
      const auto best = compress_best(coding, text);
      ASSERT_TRUE(fast && best);
      EXPECT_EQ(decode(to_string(coding), *best, size + 1), text);
      EXPECT_LE(best->size(), fast->size()) << to_string(coding) << ' ' << size;
    }
  }
}

TEST_F(CompressedServers, SendWhatTheClientTakes) {
  EXPECT_EQ(coding("/text", 5000), "br");
  EXPECT_EQ(coding("/text", 5000, "gzip"), "gzip");
  EXPECT_EQ(coding("/text", 5000, "gzip, br;q=0"), "gzip");
  EXPECT_EQ(coding("/text", 5000, "identity"), "none");
  EXPECT_EQ(coding("/text", 5000, "deflate"), "none");
  EXPECT_EQ(coding("/text", 5000, "gzip;q=nonsense"), "none");
  EXPECT_EQ(field_of_answer(ask("/text/5000", ""), "Content-Encoding"), "");
}

TEST_F(CompressedServers, LeaveSmallBodiesAlone) {
  EXPECT_EQ(coding("/text", Compression::kSizeMin - 1), "none");
  EXPECT_EQ(coding("/text", Compression::kSizeMin), "br");
  EXPECT_EQ(coding("/text", 100, "gzip, identity;q=0"), "gzip");
}

TEST_F(CompressedServers, BoundTheWorkOfTheirThreads) {
  EXPECT_EQ(coding("/immediate", Compression::kImmediateMax), "br");
  EXPECT_EQ(coding("/immediate", Compression::kImmediateMax + 1), "none");
  EXPECT_EQ(coding("/text", Compression::kImmediateMax + 1), "br");
  EXPECT_EQ(coding("/text", Compression::kSizeMax), "br");
  EXPECT_EQ(coding("/text", Compression::kSizeMax + 1), "none");
}

TEST_F(CompressedServers, LeaveAloneWhatMayNotOrNeedNotBeSmaller) {
  const std::string accept = "Accept-Encoding: br, gzip\r\n";
  for (const char* path : {"/secret/5000", "/binary/5000", "/ranges/5000"}) {
    const std::string answer = ask(path, accept);
    EXPECT_EQ(field_of_answer(answer, "Content-Encoding"), "") << path;
    EXPECT_EQ(field_of_answer(answer, "Vary"), "") << path;
    EXPECT_EQ(body_of_answer(answer), text_of(5000)) << path;
  }
  const std::string noise = ask("/noise/5000", accept);
  EXPECT_EQ(field_of_answer(noise, "Content-Encoding"), "");
  EXPECT_EQ(field_of_answer(noise, "ETag"), "\"1\"");
  const std::string coded = ask("/coded/5000", accept);
  EXPECT_EQ(field_of_answer(coded, "Content-Encoding"), "zstd");
  EXPECT_EQ(body_of_answer(coded), text_of(5000));
}

TEST_F(CompressedServers, AnswerHeadAsTheyAnswerGet) {
  for (const char* accept : {"Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n", ""}) {
    const std::string get = ask("/text/5000", accept);
    const std::string head = ask("/text/5000", accept, "HEAD");
    for (const char* name : {"Content-Length", "Content-Encoding", "ETag", "Vary"})
      EXPECT_EQ(field_of_answer(head, name), field_of_answer(get, name)) << name;
    EXPECT_EQ(body_of_answer(head), "");
  }
}

TEST_F(CompressedServers, TellCodingsApartInEntityTags) {
  const auto etag = [&](const std::string& accept) {
    return field_of_answer(ask("/text/5000", "Accept-Encoding: " + accept + "\r\n"), "ETag");
  };
  EXPECT_EQ(etag("identity"), "\"1\"");
  EXPECT_EQ(etag("gzip"), "\"1~gz\"");
  EXPECT_EQ(etag("br"), "\"1~br\"");
}

TEST_F(CompressedServers, SaySoWhereNothingChanged) {
  for (const char* tag : {"\"1\"", "\"1~br\"", "W/\"1~br\"", R"("0", "1~br")"}) {
    const std::string answer =
        ask("/text/5000", std::string("Accept-Encoding: br\r\nIf-None-Match: ") + tag + "\r\n");
    EXPECT_EQ(status_of_answer(answer), 304) << tag;
    EXPECT_EQ(body_of_answer(answer), "") << tag;
    EXPECT_EQ(field_of_answer(answer, "Vary"), "Accept-Encoding") << tag;
    EXPECT_EQ(field_of_answer(answer, "Content-Encoding"), "") << tag;
    EXPECT_EQ(field_of_answer(answer, "ETag"), tag == std::string("\"1\"") ? tag : "\"1~br\"")
        << tag;
  }
  for (const char* tag : {"\"1~zz\"", "\"1~br~br\"", "\"2~br\"", "\"~br\"", "\"1~gz\""}) {
    const std::string answer =
        ask("/text/5000", std::string("Accept-Encoding: br\r\nIf-None-Match: ") + tag + "\r\n");
    EXPECT_EQ(status_of_answer(answer), 200) << tag;
  }
}

TEST_F(CompressedServers, KnowTheirCodedTagsInIfMatch) {
  for (const char* accept : {"Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n", ""}) {
    const std::string etag = field_of_answer(ask("/text/5000", accept), "ETag");
    for (const char* method : {"GET", "HEAD"})
      EXPECT_EQ(
          status_of_answer(ask("/text/5000", accept + ("If-Match: " + etag + "\r\n"), method)), 200)
          << etag;
    const std::string answer = ask("/text/5000", std::string(accept) + "If-Match: \"2~br\"\r\n");
    EXPECT_EQ(status_of_answer(answer), 412);
    EXPECT_EQ(field_of_answer(answer, "ETag"), "");
  }
}

TEST_F(CompressedServers, DoNotGoOnWithWhatWasCoded) {
  const std::string fields = "Range: bytes=10-19\r\nAccept-Encoding: br\r\n";
  EXPECT_EQ(status_of_answer(ask("/ranges/5000", fields + "If-Range: \"1\"\r\n")), 206);
  EXPECT_EQ(status_of_answer(ask("/ranges/5000", fields + "If-Range: \"1~br\"\r\n")), 200);
  EXPECT_EQ(status_of_answer(ask("/ranges/5000", fields)), 206);
}

TEST_F(CompressedServers, TakeBodiesThatCameCoded) {
  std::string answer = ask("/ready/100000", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(field_of_answer(answer, "Content-Encoding"), "gzip");
  EXPECT_EQ(body_of_answer(answer), kGzipped);
  EXPECT_EQ(field_of_answer(answer, "ETag"), "\"1~gz\"");
  answer = ask("/ready/100000", "Accept-Encoding: br\r\n");
  EXPECT_EQ(field_of_answer(answer, "Content-Encoding"), "");
  EXPECT_EQ(field_of_answer(answer, "Vary"), "Accept-Encoding");
  EXPECT_EQ(body_of_answer(answer), text_of(100'000));
}

TEST_F(CompressedServers, CodeProblemsToo) {
  const std::string answer = ask("/broken", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(status_of_answer(answer), 400);
  EXPECT_EQ(field_of_answer(answer, "Content-Encoding"), "gzip");
  EXPECT_THAT(decode("gzip", body_of_answer(answer), 10'000), HasSubstr("http.bad_path"));
}

TEST_F(CompressedServers, ServeWhatAHostileHeaderAsksFor) {
  for (const std::string& accept : {std::string(8000, ','), std::string(2000, '*'),
                                    "gzip;q=" + std::string(2000, '1'), std::string(300, ';')}) {
    const std::string answer = ask("/text/2000", "Accept-Encoding: " + accept + "\r\n");
    EXPECT_EQ(field_of_answer(answer, "Content-Encoding"), "");
    EXPECT_EQ(body_of_answer(answer), text_of(2000));
  }
}

TEST(CodedEntityTags, NameTheSameStateToIfMatch) {
  EXPECT_TRUE(matches_etag("\"1~br\"", "\"1\"", false));
  EXPECT_TRUE(matches_etag("\"0\", \"1~gz\"", "\"1\"", false));
  EXPECT_FALSE(matches_etag("W/\"1~br\"", "\"1\"", false));
  EXPECT_FALSE(matches_etag("\"1~br\"", "W/\"1\"", false));
  EXPECT_FALSE(matches_etag("\"2~br\"", "\"1\"", false));
  EXPECT_FALSE(matches_etag("\"1~xx\"", "\"1\"", false));
}

}  // namespace
}  // namespace sotto::http
