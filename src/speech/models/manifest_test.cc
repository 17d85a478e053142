#include "speech/models/manifest.h"

#include <gtest/gtest.h>

#include "speech/models/testing/test_models.h"

namespace sotto::models {
namespace {

wire::Json good() {
  return manifest_json("m", {{"f.onnx", "bytes", {npm_source("@scope/pkg@1.2.3", "dist/f.onnx")}}});
}

TEST(ParseManifest, ReadsEveryField) {
  wire::Json json = good();
  json["requires"] = {"v"};
  json["files"][0]["sources"].push_back(
      {{"pypi", "a_package==1.0.0"}, {"path", "a/f.onnx"}, {"download_size", 77}});
  json["files"][0]["sources"].push_back(url_source("https://example.org/f.onnx"));
  const Model model = parse_manifest(json.dump()).value();
  EXPECT_EQ(model.name, "m");
  EXPECT_EQ(model.family, "test");
  EXPECT_EQ(model.kind, ModelKind::kAsr);
  EXPECT_EQ(model.licence, "MIT");
  EXPECT_EQ(model.licence_url, "https://example.org/licence");
  EXPECT_EQ(model.languages, std::vector<std::string>{"en"});
  EXPECT_EQ(model.requires_models, std::vector<std::string>{"v"});
  EXPECT_EQ(model.size(), 5U);
  const auto& sources = model.files.at(0).sources;
  ASSERT_EQ(sources.size(), 3U);
  EXPECT_EQ(sources[0].describe(), "npm package @scope/pkg@1.2.3");
  EXPECT_EQ(sources[1].describe(), "PyPI package a_package==1.0.0");
  EXPECT_EQ(sources[1].download_size, 77U);
  EXPECT_EQ(sources[2].describe(), "https://example.org/f.onnx");
  EXPECT_EQ(sources[2].download_size, 5U);
}

/// Each row spoils one thing of a good manifest; the message must name the place.
TEST(ParseManifest, RefusesWhatIsNotExactlyRight) {
  struct Row {
    std::string pointer;
    wire::Json value;
    std::string place;
  };
  const std::string source = "/files/0/sources/0/";
  const std::vector<Row> rows = {
      {"/name", "../m", "name"},
      {"/name", "M", "name"},
      {"/name", "", "name"},
      {"/name", 3, "name"},
      {"/kind", "chat", "kind"},
      {"/title", "red\x1b[31m", "title"},
      {"/surprise", 1, "surprise"},
      {"/languages", {1}, "languages"},
      {"/licence", nullptr, "licence"},
      {"/licence/url", "http://example.org", "licence.url"},
      {"/licence/more", 1, "licence.more"},
      {"/files", wire::Json::array(), "files"},
      {"/files/0/name", "../f", "files[0].name"},
      {"/files/0/name", ".f", "files[0].name"},
      {"/files/0/name", "a/b", "files[0].name"},
      {"/files/0/size", 0, "files[0].size"},
      {"/files/0/size", -1, "files[0].size"},
      {"/files/0/size", 1.5, "files[0].size"},
      {"/files/0/sha256", std::string(63, 'a'), "files[0].sha256"},
      {"/files/0/sha256", std::string(64, 'A'), "files[0].sha256"},
      {"/files/0/sources", wire::Json::array(), "files[0].sources"},
      {"/files/0/sources/0", "npm", "files[0].sources[0]"},
      {source + "npm", "pkg", "sources[0].npm"},
      {source + "npm", "pkg@latest", "sources[0].npm"},
      {source + "npm", "pkg@^1.0.0", "sources[0].npm"},
      {source + "npm", "--registry=x@1.0.0", "sources[0].npm"},
      {source + "npm", "../folder@1.0.0", "sources[0].npm"},
      {source + "npm", "git+ssh://host/x@1.0.0", "sources[0].npm"},
      {source + "path", "", "sources[0].path"},
      {source + "download_size", 0, "sources[0].download_size"},
      {source + "url", "https://example.org", "sources[0]"},
      {"/files/0/sources/0", {{"url", "http://example.org/f"}}, "sources[0].url"},
      {"/files/0/sources/0", {{"url", "file:///etc/passwd"}}, "sources[0].url"},
  };
  for (const Row& row : rows) {
    wire::Json json = good();
    json[wire::Json::json_pointer(row.pointer)] = row.value;
    const auto parsed = parse_manifest(json.dump());
    ASSERT_FALSE(parsed) << row.pointer << " = " << row.value;
    EXPECT_EQ(parsed.error().reason(), "models.manifest_invalid") << row.pointer;
    EXPECT_NE(parsed.error().message().find(row.place), std::string::npos)
        << parsed.error().message();
  }
}

TEST(ParseManifest, RefusesAFileNameThatStandsTwice) {
  wire::Json json = good();
  json["files"].push_back(json["files"][0]);
  EXPECT_EQ(parse_manifest(json.dump()).error().reason(), "models.manifest_invalid");
}

TEST(ParseManifest, RefusesWhatIsNotJson) {
  EXPECT_EQ(parse_manifest("{").error().reason(), "models.manifest_invalid");
  EXPECT_EQ(parse_manifest("[]").error().reason(), "models.manifest_invalid");
}

}  // namespace
}  // namespace sotto::models
