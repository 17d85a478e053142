#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "platform/crypto/hex.h"
#include "platform/crypto/sha256.h"
#include "platform/wire/json.h"
#include "speech/models/catalogue.h"

namespace sotto::models {

/// One file of a test's model: its right bytes and its sources, as in a manifest.
struct TestFile {
  std::string name;
  std::string content;
  wire::Json sources;
};

inline wire::Json npm_source(const std::string& package, const std::string& path) {
  return {{"npm", package}, {"path", path}, {"download_size", 1000}};
}
inline wire::Json url_source(const std::string& url) { return {{"url", url}}; }

inline wire::Json manifest_json(const std::string& name, const std::vector<TestFile>& files,
                                const std::string& kind = "asr") {
  wire::Json list = wire::Json::array();
  for (const TestFile& file : files)
    list.push_back({{"name", file.name},
                    {"size", file.content.size()},
                    {"sha256", crypto::to_hex(crypto::sha256(file.content))},
                    {"sources", file.sources}});
  return {
      {"name", name},        {"family", "test"},
      {"kind", kind},        {"title", "A test's model"},
      {"languages", {"en"}}, {"licence", {{"id", "MIT"}, {"url", "https://example.org/licence"}}},
      {"files", list}};
}

/// A catalogue of the given asr models and one VAD, which a catalogue cannot be without.
inline Catalogue test_catalogue(const std::vector<wire::Json>& manifests) {
  std::vector<std::string> texts;
  texts.reserve(manifests.size() + 1);
  for (const wire::Json& manifest : manifests) texts.push_back(manifest.dump());
  texts.push_back(
      manifest_json("a-vad", {{"v", "vad", {url_source("https://example.org/v")}}}, "vad").dump());
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const std::string name = manifests.front()["name"].get<std::string>();
  return Catalogue::parse(views, R"({"asr": ")" + name + R"(", "vad": "a-vad"})").value();
}

inline void put_file(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace sotto::models
