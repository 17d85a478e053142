#include "edge/api/description.h"

#include <string>

#include "edge/api/internal/embedded_files.h"

namespace sotto::api {
namespace {

using internal::EmbeddedFile;

constexpr std::string_view kCaching = "public, max-age=300";  // How late an update may be seen.

}  // namespace

void add_description_routes(http::Router& router) {
  for (const EmbeddedFile& file : internal::embedded_files()) {
    router.add({.pattern = std::string(file.path),
                .handler = [&file](const CallContext&, http::Request&) -> Result<http::Response> {
                  auto response =
                      http::Response::text(std::string(file.content), file.content_type);
                  response.etag = file.etag;
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
