#include "platform/http/router.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

constexpr const char* kId = "0192b1c0-0000-7000-8000-000000000000";

class Routers : public testing::Test {
 protected:
  Routers() {
    for (const char* pattern : {"/", "/files", "/files/{id:uuid}",
                                "/files/{number:int}/parts/{name}", "/files/newest", "/{page}"})
      router_.add({.pattern = pattern});
    router_.add({.method = Method::kPost, .pattern = "/files"});
  }

  /// The pattern of the route that `path` leads to, or the reason why there is none.
  std::string find(const std::string& path, Method method = Method::kGet) {
    path_ = path;
    auto target = Target::parse(path_);
    EXPECT_TRUE(target);
    request_ = Request{};
    request_.head.method = method;
    request_.target = std::move(*target);
    const auto route = router_.find(request_, allowed_);
    return route ? (*route)->pattern : route.error().reason();
  }

  Router router_;
  Request request_;
  std::string path_;
  std::string allowed_;
};

TEST_F(Routers, FindLiterals) {
  EXPECT_EQ(find("/"), "/");
  EXPECT_EQ(find("/files"), "/files");
  EXPECT_EQ(find("/files/newest"), "/files/newest");
}

TEST_F(Routers, FillPlaces) {
  EXPECT_EQ(find(std::string("/files/") + kId), "/files/{id:uuid}");
  EXPECT_EQ(request_.parameter("id"), kId);
  EXPECT_EQ(find("/files/12/parts/a%20b"), "/files/{number:int}/parts/{name}");
  EXPECT_EQ(request_.parameter("number"), "12");
  EXPECT_EQ(request_.parameter("name"), "a b");
}

TEST_F(Routers, MatchTheTypeOfAPlace) {
  EXPECT_EQ(find("/files/oldest"), "http.not_found");
  EXPECT_EQ(find("/files/1x/parts/a"), "http.not_found");
  EXPECT_EQ(find("/files/1234567890123456789/parts/a"), "http.not_found");
}

TEST_F(Routers, PreferLiteralsAndFallBackToPlaces) {
  EXPECT_EQ(find("/about"), "/{page}");
  EXPECT_EQ(request_.parameter("page"), "about");
  EXPECT_EQ(request_.parameters.size(), 1U);
}

TEST_F(Routers, AnswerHeadByGet) { EXPECT_EQ(find("/files", Method::kHead), "/files"); }

TEST_F(Routers, ListTheMethodsOfAPath) {
  EXPECT_EQ(find("/files", Method::kDelete), "http.method_not_allowed");
  EXPECT_EQ(allowed_, "GET, HEAD, POST, OPTIONS");
}

TEST_F(Routers, HaveNothingElsewhere) {
  EXPECT_EQ(find("/files/newest/more"), "http.not_found");
  EXPECT_EQ(find("/a/b"), "http.not_found");
}

}  // namespace
}  // namespace sotto::http
