#include "platform/http/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace sotto::http {
namespace {

using testing::ElementsAre;

constexpr std::string_view kType = "multipart/form-data; boundary=b";

/// Each part as "name|filename|type|content".
class CollectingSink final : public PartSink {
 public:
  Result<> begin_part(const PartHead& head) override {
    parts.push_back(head.name + "|" + head.filename.value_or("-") + "|" + head.content_type + "|");
    EXPECT_FALSE(open_);
    open_ = true;
    return {};
  }
  Result<> take_data(std::string_view data) override {
    EXPECT_TRUE(open_);
    parts.back() += data;
    return {};
  }
  Result<> end_part() override {
    EXPECT_TRUE(open_);
    open_ = false;
    return {};
  }
  std::vector<std::string> parts;

 private:
  bool open_ = false;
};

/// The parts, or the reason alone.
std::vector<std::string> parse(std::string_view body, std::size_t piece = SIZE_MAX,
                               MultipartLimits limits = {}, std::string_view type = kType) {
  auto parser = MultipartParser::create(type, limits);
  if (!parser) return {parser.error().reason()};
  CollectingSink sink;
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size())))
    if (const auto fed = parser->feed(body.substr(0, piece), sink); !fed)
      return {fed.error().reason()};
  if (const auto done = parser->finish(); !done) return {done.error().reason()};
  return sink.parts;
}

/// One part with these field lines and this content.
std::string form(std::string_view fields, std::string_view content = "x") {
  return "--b\r\n" + std::string(fields) + "\r\n\r\n" + std::string(content) + "\r\n--b--\r\n";
}

std::string disposition(std::string_view parameters) {
  return form("Content-Disposition: form-data; " + std::string(parameters));
}

TEST(MultipartParser, ReadsWhatABrowserSends) {
  const std::string body =
      "------WebKitFormBoundaryA\r\n"
      "Content-Disposition: form-data; name=\"title\"\r\n\r\n"
      "Gr\xc3\xbc\xc3\x9f"
      "e\r\n"
      "------WebKitFormBoundaryA\r\n"
      "Content-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.wav\"\r\n"
      "Content-Type: audio/wav\r\n\r\n"
      "RIFF\r\n--\r\n------WebKitFormBoundary\r\n\r\n"
      "------WebKitFormBoundaryA\r\n"
      "Content-Disposition: form-data; name=\"none\"; filename=\"\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n\r\n"
      "------WebKitFormBoundaryA--\r\n";
  EXPECT_THAT(parse(body, SIZE_MAX, {}, "Multipart/Form-Data; boundary=----WebKitFormBoundaryA"),
              ElementsAre("title|-||Gr\xc3\xbc\xc3\x9f"
                          "e",
                          "file|a \"b\".wav|audio/wav|RIFF\r\n--\r\n------WebKitFormBoundary\r\n",
                          "none||application/octet-stream|"));
}

TEST(MultipartParser, ReadsTheSameHoweverItIsCut) {
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n\r--\r\n--\r\n--\rb\r\n--c\r\r\n--b"
      "\r\ncontent-disposition: form-data; name=\"c\"; filename=f\r\nX-Other: 1\r\n\r\n\r\n--b--";
  const auto whole = parse(body);
  ASSERT_THAT(whole, ElementsAre("a|-||\r\n\r--\r\n--\r\n--\rb\r\n--c\r", "c|f||"));
  for (std::size_t piece = 1; piece < body.size(); ++piece) EXPECT_EQ(parse(body, piece), whole);
  for (std::size_t cut = 1; cut < body.size(); ++cut) {
    auto parser = MultipartParser::create(kType);
    ASSERT_TRUE(parser);
    CollectingSink sink;
    ASSERT_TRUE(parser->feed(std::string_view(body).substr(0, cut), sink)) << cut;
    EXPECT_FALSE(parser->finish() && cut < body.size()) << cut;
    ASSERT_TRUE(parser->feed(std::string_view(body).substr(cut), sink)) << cut;
    EXPECT_TRUE(parser->finish());
    EXPECT_EQ(sink.parts, whole) << cut;
  }
}

TEST(MultipartParser, ReadsNamesAsBrowsersAndCurlWriteThem) {
  struct Case {
    const char* parameters;
    const char* expected;
  };
  for (const auto& [parameters, expected] : {
           Case{R"(name="a")", "a|-||x"},
           Case{R"(name=a)", "a|-||x"},
           Case{R"(NAME="a"; FileName="f")", "a|f||x"},
           Case{R"(name="a;b=c")", "a;b=c|-||x"},
           Case{R"(name="a%22b%0d%41")", "a\"b%0d%41|-||x"},
           Case{R"(name="a\"b\\c\d")", R"(a"b\c\d|-||x)"},
           Case{R"(name="a"; filename="C:\folder\f.wav")", "a|f.wav||x"},
           Case{R"(name="a"; filename="../../etc/passwd")", "a|passwd||x"},
           Case{R"(name="a"; filename="..")", "a|..||x"},
           Case{R"(name="a" ; other=1)", "a|-||x"},
       })
    EXPECT_THAT(parse(disposition(parameters)), ElementsAre(expected)) << parameters;
}

TEST(MultipartParser, RefusesNamesThatAreReadDifferently) {
  for (const char* parameters :
       {"", "filename=\"f\"", "name=\"\"", "name=\"a", R"(name="a\")", "name=\"a\"x", "name=a b",
        R"(name="a"; name="b")", "name=a; filename=f; filename=g", "name=a; filename*=UTF-8''f",
        "name*=UTF-8''a", "name", "=a", "name=\"a\tb\"", "name=\"\xff\"", "name=a;", "name=a;;"})
    EXPECT_THAT(parse(disposition(parameters)), ElementsAre("http.bad_multipart")) << parameters;
  EXPECT_THAT(parse(disposition(std::string("name=\"a\0b\"", 10))),
              ElementsAre("http.bad_multipart"));
}

TEST(MultipartParser, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::string field = "Content-Disposition: form-data; name=a";
  struct Case {
    const char* name;
    std::string body;
  };
  for (const auto& [name, body] : std::vector<Case>{
           {"nothing", ""},
           {"preamble", "hello\r\n" + form(field)},
           {"line end in front", "\r\n" + form(field)},
           {"no part", "--b--\r\n"},
           {"epilogue", form(field) + "x"},
           {"second form", form(field) + form(field)},
           {"no last boundary", "--b\r\n" + field + "\r\n\r\nx\r\n"},
           {"half a last boundary", "--b\r\n" + field + "\r\n\r\nx\r\n--b-"},
           {"half a line end", "--b\r\n" + field + "\r\n\r\nx\r\n--b--\r"},
           {"bare line feeds", "--b\n" + field + "\n\nx\n--b--\n"},
           {"bare line feed in the head", "--b\r\n" + field + "\nX: 1\r\n\r\nx\r\n--b--"},
           {"padding", "--b \r\n" + field + "\r\n\r\nx\r\n--b--"},
           {"longer boundary", "--b\r\n" + field + "\r\n\r\nx\r\n--bc\r\n\r\n--b--"},
           {"no head", "--b\r\n\r\nx\r\n--b--"},
           {"empty part without its line end", "--b\r\n" + field + "\r\n\r\n--b--"},
           {"folded field", form(field + "\r\n ; filename=f")},
           {"space before the colon", form("Content-Disposition : form-data; name=a")},
           {"two dispositions", form(field + "\r\n" + field)},
           {"two types", form(field + "\r\nContent-Type: a/b\r\nContent-Type: a/b")},
           {"other disposition", form("Content-Disposition: attachment; name=a")},
           {"no disposition", form("Content-Type: a/b")},
           {"transfer encoding", form(field + "\r\nContent-Transfer-Encoding: base64")},
           {"no colon", form(field + "\r\nnonsense")},
       })
    for (const std::size_t piece : {SIZE_MAX, std::size_t{1}})
      EXPECT_THAT(parse(body, piece), ElementsAre("http.bad_multipart")) << name;
}

TEST(MultipartParser, RefusesOtherTypesAndBoundaries) {
  const auto refused = [](std::string_view type) {
    const auto parser = MultipartParser::create(type);
    return parser ? "" : parser.error().reason();
  };
  EXPECT_EQ(refused(""), "http.not_multipart");
  EXPECT_EQ(refused("multipart/mixed; boundary=b"), "http.not_multipart");
  EXPECT_EQ(refused("application/json"), "http.not_multipart");
  for (const std::string& parameters :
       {std::string(""), std::string("boundary"), std::string("boundary="),
        std::string("boundary=\"\""), std::string("boundary=b; boundary=b"),
        std::string("boundary=\"b "), std::string("boundary=\"b \""),
        std::string("boundary=\"b@\""), std::string("boundary=\"b\r\n\""),
        "boundary=" + std::string(71, 'b')})
    EXPECT_EQ(refused("multipart/form-data; " + parameters), "http.bad_multipart") << parameters;
  EXPECT_EQ(refused("multipart/form-data; boundary=" + std::string(70, 'b')), "");
  EXPECT_EQ(refused("multipart/form-data; charset=utf-8; boundary=\"a b:c\""), "");
}

TEST(MultipartParser, BoundsEachPart) {
  const auto at = [](const MultipartLimits& limits, const std::string& body) {
    return parse(body, 3, limits).front() == "http.multipart_too_large";
  };
  const std::string name = "name=abcdef";
  EXPECT_FALSE(at({.name_max = 6}, disposition(name)));
  EXPECT_TRUE(at({.name_max = 5}, disposition(name)));
  EXPECT_FALSE(at({.filename_max = 2}, disposition("name=a; filename=fg")));
  EXPECT_TRUE(at({.filename_max = 1}, disposition("name=a; filename=fg")));
  const std::string field = "Content-Disposition: form-data; name=a";
  EXPECT_FALSE(at({.head_max = field.size()}, form(field)));
  EXPECT_TRUE(at({.head_max = field.size() - 1}, form(field)));
  EXPECT_FALSE(at({.value_max = 5}, form(field, "12345")));
  EXPECT_TRUE(at({.value_max = 4}, form(field, "12345")));
  EXPECT_FALSE(at({.value_max = 4}, form(field + "; filename=f", "12345")));
  EXPECT_TRUE(at({.file_max = 4}, form(field + "; filename=f", "12345")));
  const std::string part = "--b\r\n" + field + "\r\n\r\nx\r\n";
  EXPECT_FALSE(at({.parts_max = 2}, part + part + "--b--"));
  EXPECT_TRUE(at({.parts_max = 2}, part + part + part + "--b--"));
}

TEST(MultipartParser, EndsWithTheErrorOfWhoTakesTheParts) {
  class RefusingSink final : public PartSink {
   public:
    Result<> begin_part(const PartHead& /*head*/) override { return {}; }
    Result<> take_data(std::string_view /*data*/) override {
      return Error(ErrorCode::kInsufficientStorage, "base.cancelled", "The disk is full.");
    }
    Result<> end_part() override { return {}; }
  };
  auto parser = MultipartParser::create(kType);
  ASSERT_TRUE(parser);
  RefusingSink sink;
  const auto fed = parser->feed(disposition("name=a"), sink);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().message(), "The disk is full.");
}

}  // namespace
}  // namespace sotto::http
