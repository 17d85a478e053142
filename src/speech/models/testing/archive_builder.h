#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sotto::models {

/// Builds real packages in memory for tests. Aborts where libarchive fails.
struct ArchiveMember {
  enum class Kind { kFile, kSymlink, kHardlink, kFolder };

  std::string name;
  std::string content;  ///< The target of a link.
  Kind kind = Kind::kFile;
};

std::string build_tgz(const std::vector<ArchiveMember>& members);
std::string build_zip(const std::vector<ArchiveMember>& members);

}  // namespace sotto::models
