#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/internal/parse_value.h"

namespace sotto::config::internal {

/// One "key = value" of a file, its tables' names in front: "server.listen".
struct FileEntry {
  std::string name;
  Raw value;
  std::uint32_t line = 0;
  bool is_empty_table = false;  ///< "[server]" with nothing in it.
};

struct TomlError {
  std::string message;
  std::uint32_t line = 0;
  bool is_duplicate = false;
};

using TomlResult = std::variant<std::vector<FileEntry>, TomlError>;

/// The entries of a TOML 1.0 text, by line. Stops at the first error of syntax. Bounded: a name has
/// at most 8 parts, values nest at most 16 deep, so that nothing recurses far. Never throws but
/// std::bad_alloc.
TomlResult parse_toml(std::string_view text);

}  // namespace sotto::config::internal
