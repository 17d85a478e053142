#include "edge/api/description.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "edge/api/internal/embedded_files.h"

namespace sotto::api {
namespace {

using internal::EmbeddedFile;

constexpr std::string_view kCaching = "public, max-age=300";  // How late an update may be seen.

using CodedForms = std::vector<std::pair<http::Coding, std::string>>;

/// Brotli first: of two that a client wants alike, the first is sent.
CodedForms code(std::string_view content) {
  CodedForms forms;
  for (const http::Coding coding : {http::Coding::kBrotli, http::Coding::kGzip})
    if (auto bytes = http::compress_best(coding, content); bytes && bytes->size() < content.size())
      forms.emplace_back(coding, std::move(*bytes));
  return forms;
}

}  // namespace

void add_description_routes(http::Router& router) {
  for (const EmbeddedFile& file : internal::embedded_files()) {
    // Coded here, once: an I/O thread, which answers, has no time for it.
    const auto forms = std::make_shared<const CodedForms>(code(file.content));
    router.add(
        {.pattern = std::string(file.path),
         .handler = [&file, forms](const CallContext&, http::Request&) -> Result<http::Response> {
           auto response = http::Response::text(std::string(file.content), file.content_type);
           response.etag = file.etag;
           for (const auto& [coding, bytes] : *forms)
             response.encoded.push_back({.coding = coding, .bytes = bytes});
           response.with("Cache-Control", std::string(kCaching));
           return response;
         },
         .options = {.immediate = true, .is_public = true, .is_page = true}});
  }
}

std::string_view openapi_json() {
  for (const EmbeddedFile& file : internal::embedded_files())
    if (file.path == "/api/openapi.json") return file.content;
  return {};
}

}  // namespace sotto::api
