#pragma once

#include <span>
#include <string_view>

namespace sotto::api::internal {

/// A file that tools/gen/api_docs.py made while building.
struct EmbeddedFile {
  std::string_view path;  ///< Where it is served.
  std::string_view content_type;
  std::string_view etag;  ///< With its quotes.
  std::string_view content;
};

/// All of them. Constant.
std::span<const EmbeddedFile> embedded_files();

}  // namespace sotto::api::internal
