#include "app/routes.h"

#include <algorithm>
#include <cctype>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "app/version.h"
#include "edge/api/description.h"
#include "platform/wire/json.h"

namespace sotto::app {
namespace {

using testing::ContainerEq;
using testing::Contains;
using testing::IsEmpty;

/// "/files/{id:uuid}" as OpenAPI writes it: "/files/{id}".
std::string described_path(const std::string& pattern) {
  std::string path;
  bool in_type = false;
  for (const char c : pattern) {
    if (c == ':') in_type = true;
    if (c == '}') in_type = false;
    if (!in_type) path += c;
  }
  return path;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

class Routes : public testing::Test {
 protected:
  wire::Json description() {
    auto document = wire::parse_json(api::openapi_json());
    SOTTO_CHECK(document.has_value());
    return *document;
  }
  /// "get /live" of every route that a server can have.
  std::set<std::string> served() {
    std::set<std::string> found;
    for (const http::Router& router : {main_routes(sources_), metrics_routes(sources_)})
      for (const auto& route : router.routes())
        found.insert(lower(to_string(route->method)) + ' ' + described_path(route->pattern));
    return found;
  }

  obs::Metrics metrics_;
  Secret token_{"a-token-of-some-length"};
  RouteSources sources_{[] { return true; }, metrics_, token_};
};

TEST_F(Routes, AreDescribedAndWhatIsDescribedIsARoute) {
  std::set<std::string> described;
  const wire::Json document = description();
  for (const auto& [path, item] : document.at("paths").items())
    for (const auto& [method, operation] : item.items())
      if (operation.is_object() && operation.contains("responses"))
        described.insert(method + ' ' + path);
  EXPECT_THAT(described, ContainerEq(served()));
  EXPECT_THAT(described, Contains("get /live"));
}

TEST_F(Routes, HaveTheirPlacesDescribedAsParameters) {
  const wire::Json document = description();
  for (const http::Router& router : {main_routes(sources_), metrics_routes(sources_)}) {
    for (const auto& route : router.routes()) {
      std::set<std::string> places;
      const std::string path = described_path(route->pattern);
      for (std::size_t at = 0; (at = path.find('{', at)) != std::string::npos; ++at)
        places.insert(path.substr(at + 1, path.find('}', at) - at - 1));
      const wire::Json& item = document.at("paths").at(path);
      for (const wire::Json* holder : {&item, &item.at(lower(to_string(route->method)))})
        for (const auto& parameter : holder->value("parameters", wire::Json::array()))
          if (parameter.at("in") == "path") places.erase(parameter.at("name"));
      EXPECT_THAT(places, IsEmpty()) << path;
    }
  }
}

TEST_F(Routes, AreDescribedForThisVersion) {
  EXPECT_EQ(description().at("info").at("version"), version());
}

TEST_F(Routes, ShowMetricsToOthersOnlyWhereThereIsAToken) {
  const auto shows = [](const http::Router& router) {
    return std::any_of(router.routes().begin(), router.routes().end(),
                       [](const auto& route) { return route->pattern == "/metrics"; });
  };
  EXPECT_TRUE(shows(main_routes(sources_)));
  const Secret none;
  EXPECT_FALSE(shows(main_routes({[] { return true; }, metrics_, none})));
}

}  // namespace
}  // namespace sotto::app
