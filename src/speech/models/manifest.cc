#include "speech/models/manifest.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/text.h"
#include "platform/crypto/hex.h"
#include "platform/wire/json_fields.h"

namespace sotto::models {
namespace {

using wire::Json;
using wire::JsonFields;

constexpr wire::JsonLimits kLimits{
    .bytes_max = std::size_t{1} << 20, .depth_max = 8, .values_max = 20'000};
constexpr std::int64_t kFileSizeMax = std::int64_t{64} << 30;  // Far above any model Sotto runs.
constexpr std::size_t kTextMax = 500;                          // Of one string.
constexpr std::size_t kListMax = 200;                          // Languages, files, sources.

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

Error refuse(const std::string& what, std::string_view rule) {
  return Error(
      ErrorCode::kInvalidArgument, "models.manifest_invalid",
      "A model's catalogue entry is wrong: " + printable(what) + ' ' + std::string(rule) + '.');
}

/// The field errors of wire, told as errors of the catalogue.
template <typename T>
Result<T> as_manifest(Result<T> result) {
  if (result) return result;
  Error error = std::move(result).error();
  std::string message = "A model's catalogue entry is wrong: " + error.message();
  return Error(ErrorCode::kInvalidArgument, "models.manifest_invalid", std::move(message))
      .with_cause(std::move(error));
}

bool consists_of(std::string_view text, std::initializer_list<std::string_view> alphabets) {
  return std::all_of(text.begin(), text.end(), [&](char letter) {
    return std::any_of(alphabets.begin(), alphabets.end(), [&](std::string_view alphabet) {
      return alphabet.find(letter) != std::string_view::npos;
    });
  });
}

/// Fit to be a folder's or file's name anywhere: no separator, not hidden, no "..".
bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text.front() != '.' && text.front() != '-' &&
         consists_of(text, {kLower, kUpper, kDigits, "._-"});
}

bool is_model_name(std::string_view text) {
  return is_plain_name(text) && consists_of(text, {kLower, kDigits, ".-"});
}

/// A package and its exact version. Nothing that a client's command line could take for an option,
/// a file, an address or a range of versions.
bool is_pinned(std::string_view text, std::string_view separator) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string_view::npos || at == 0) return false;
  const std::string_view name = text.substr(0, at);
  const std::string_view version = text.substr(at + separator.size());
  const bool name_fits = name.front() == '@'
                             ? consists_of(name.substr(1), {kLower, kDigits, "._-/"}) &&
                                   std::count(name.begin(), name.end(), '/') == 1
                             : consists_of(name, {kLower, kUpper, kDigits, "._-"});
  return name_fits && name.front() != '-' && name.front() != '.' && !version.empty() &&
         kDigits.find(version.front()) != std::string_view::npos &&
         consists_of(version, {kLower, kUpper, kDigits, ".+-"}) &&
         std::count(version.begin(), version.end(), '.') >= 1;
}

bool is_https(std::string_view text) {
  return text.starts_with("https://") && text.size() > 8 &&
         consists_of(text, {kLower, kUpper, kDigits, "-._~:/@!$&'()*+,;=%?"});
}

Result<> know_keys(const Json& object, const std::string& path,
                   std::span<const std::string_view> known) {
  if (!object.is_object()) return refuse(path, "must be an object");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return refuse(std::string(path).append(".").append(key), "is not a key of the catalogue");
  }
  return {};
}

Result<std::string> short_text(const JsonFields& fields, std::string_view key) {
  SOTTO_ASSIGN(std::string text, as_manifest(fields.text(key)));
  if (text.empty() || text.size() > kTextMax || printable(text) != text)
    return refuse(fields.path_of(key), "must be a printable text of 1 to 500 bytes");
  return text;
}

Result<std::uint64_t> byte_count(const JsonFields& fields, std::string_view key) {
  SOTTO_ASSIGN(const std::int64_t bytes, as_manifest(fields.integer(key, 1, kFileSizeMax)));
  return static_cast<std::uint64_t>(bytes);
}

Result<std::vector<std::string>> texts(const Json& list, const std::string& path) {
  std::vector<std::string> result;
  if (list.size() > kListMax) return refuse(path, "has too many entries");
  for (const Json& entry : list) {
    const auto* const text = entry.get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > kTextMax)
      return refuse(path, "must be a list of texts");
    result.push_back(*text);
  }
  return result;
}

Result<Source> parse_source(const Json& json, const std::string& path) {
  constexpr std::array<std::string_view, 5> kKeys{"npm", "pypi", "url", "path", "download_size"};
  SOTTO_TRY(know_keys(json, path, kKeys));
  SOTTO_ASSIGN(const JsonFields fields, as_manifest(JsonFields::of(json, path)));
  Source source;
  if (json.contains("url")) {
    if (json.size() != 1) return refuse(path, "has a url and so no other key");
    SOTTO_ASSIGN(source.address, short_text(fields, "url"));
    if (!is_https(source.address)) return refuse(path + ".url", "must be an https address");
    return source;
  }
  const bool is_npm = json.contains("npm");
  const std::string_view key = is_npm ? "npm" : "pypi";
  if (json.size() != 3)
    return refuse(path, "must have npm or pypi, path and download_size, or url");
  source.kind = is_npm ? SourceKind::kNpm : SourceKind::kPypi;
  SOTTO_ASSIGN(source.address, short_text(fields, key));
  if (!is_pinned(source.address, is_npm ? "@" : "=="))
    return refuse(fields.path_of(key), "must be a package with its exact version");
  SOTTO_ASSIGN(source.member, short_text(fields, "path"));
  SOTTO_ASSIGN(source.download_size, byte_count(fields, "download_size"));
  return source;
}

Result<ModelFile> parse_file(const Json& json, const std::string& path) {
  constexpr std::array<std::string_view, 4> kKeys{"name", "size", "sha256", "sources"};
  SOTTO_TRY(know_keys(json, path, kKeys));
  SOTTO_ASSIGN(const JsonFields fields, as_manifest(JsonFields::of(json, path)));
  ModelFile file;
  SOTTO_ASSIGN(file.name, short_text(fields, "name"));
  if (!is_plain_name(file.name)) return refuse(path + ".name", "must be a plain file name");
  SOTTO_ASSIGN(file.size, byte_count(fields, "size"));
  SOTTO_ASSIGN(file.sha256, short_text(fields, "sha256"));
  if (file.sha256.size() != 64 || !crypto::from_hex(file.sha256))
    return refuse(path + ".sha256", "must be 64 lower-case hexadecimal digits");
  SOTTO_ASSIGN(const Json* const sources, as_manifest(fields.array("sources")));
  if (sources->empty() || sources->size() > kListMax)
    return refuse(path + ".sources", "must have at least one entry, and not hundreds");
  for (const Json& entry : *sources) {
    const std::string place = path + ".sources[" + std::to_string(file.sources.size()) + ']';
    SOTTO_ASSIGN(Source source, parse_source(entry, place));
    if (source.kind == SourceKind::kUrl) source.download_size = file.size;
    file.sources.push_back(std::move(source));
  }
  return file;
}

Result<ModelKind> parse_kind(std::string_view text) {
  for (const ModelKind kind : {ModelKind::kAsr, ModelKind::kVad})
    if (text == to_string(kind)) return kind;
  return refuse("kind", "must be asr or vad");
}

Result<std::vector<ModelFile>> parse_files(const Json& list) {
  if (list.empty() || list.size() > kListMax)
    return refuse("files", "must have at least one entry, and not hundreds");
  std::vector<ModelFile> files;
  std::set<std::string> names;
  for (const Json& entry : list) {
    const std::string place = "files[" + std::to_string(files.size()) + ']';
    SOTTO_ASSIGN(ModelFile file, parse_file(entry, place));
    if (!names.insert(file.name).second) return refuse(place + ".name", "stands twice");
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

Result<Model> parse_manifest(std::string_view text) {
  constexpr std::array<std::string_view, 8> kKeys{"name",      "family",  "kind",     "title",
                                                  "languages", "licence", "requires", "files"};
  constexpr std::array<std::string_view, 2> kLicenceKeys{"id", "url"};
  SOTTO_ASSIGN(const Json json, as_manifest(wire::parse_json(text, kLimits)));
  SOTTO_TRY(know_keys(json, "the document", kKeys));
  SOTTO_ASSIGN(const JsonFields fields, as_manifest(JsonFields::of(json)));
  Model model;
  SOTTO_ASSIGN(model.name, short_text(fields, "name"));
  if (!is_model_name(model.name))
    return refuse("name", "must be of lower-case letters, digits, '.' and '-'");
  SOTTO_ASSIGN(model.family, short_text(fields, "family"));
  SOTTO_ASSIGN(const std::string kind, short_text(fields, "kind"));
  SOTTO_ASSIGN(model.kind, parse_kind(kind));
  SOTTO_ASSIGN(model.title, short_text(fields, "title"));
  SOTTO_ASSIGN(const Json* const languages, as_manifest(fields.array("languages")));
  SOTTO_ASSIGN(model.languages, texts(*languages, "languages"));
  SOTTO_ASSIGN(const Json* const licence, as_manifest(fields.optional_object("licence")));
  if (licence == nullptr) return refuse("licence", "is missing");
  SOTTO_TRY(know_keys(*licence, "licence", kLicenceKeys));
  SOTTO_ASSIGN(const JsonFields licence_fields, as_manifest(JsonFields::of(*licence, "licence")));
  SOTTO_ASSIGN(model.licence, short_text(licence_fields, "id"));
  SOTTO_ASSIGN(model.licence_url, short_text(licence_fields, "url"));
  if (!is_https(model.licence_url)) return refuse("licence.url", "must be an https address");
  SOTTO_ASSIGN(const Json* const required, as_manifest(fields.optional_array("requires")));
  if (required != nullptr) {
    SOTTO_ASSIGN(model.requires_models, texts(*required, "requires"));
  }
  SOTTO_ASSIGN(const Json* const files, as_manifest(fields.array("files")));
  SOTTO_ASSIGN(model.files, parse_files(*files));
  return model;
}

}  // namespace sotto::models
