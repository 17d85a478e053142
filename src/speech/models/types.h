#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::models {

/// What a model does.
enum class ModelKind : std::uint8_t { kAsr, kVad };

std::string_view to_string(ModelKind kind);

/// Who serves the bytes, and so which client fetches them.
enum class SourceKind : std::uint8_t { kNpm, kPypi, kUrl };

/// One place that has the bytes of a file.
struct Source {
  SourceKind kind = SourceKind::kUrl;
  /// "name@version" for npm, "name==version" for PyPI, an https address for a URL.
  std::string address;
  /// The file's path inside the package; empty for a URL, which is the file itself.
  std::string member;
  /// Bytes of the download, for progress and for the limit.
  std::uint64_t download_size = 0;

  /// "npm package llama-tokenizer-js@1.2.2": for messages and progress.
  std::string describe() const;
};

/// One file of a model. What it is, is its hash; where it comes from does not matter.
struct ModelFile {
  std::string name;
  std::uint64_t size = 0;
  std::string sha256;           ///< Lower-case hexadecimal.
  std::vector<Source> sources;  ///< In the order they are tried; at least one.
};

/// One model of the catalogue.
struct Model {
  std::string name;
  std::string family;  ///< Which code runs it: "moonshine", "silero".
  ModelKind kind = ModelKind::kAsr;
  std::string title;
  std::vector<std::string> languages;  ///< BCP 47; "*" where the model does not care.
  std::string licence;                 ///< SPDX identifier.
  std::string licence_url;
  std::vector<std::string> requires_models;  ///< Models that this one is not used without.
  std::vector<ModelFile> files;

  /// Bytes on disk, all files together.
  std::uint64_t size() const;
};

}  // namespace sotto::models
