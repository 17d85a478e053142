#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"
#include "speech/models/internal/file_installer.h"

namespace sotto::models::internal {

/// What an archive may cost, whatever it claims.
struct ArchiveLimits {
  std::uint64_t entries_max = 100'000;
  std::uint64_t unpacked_bytes_max = std::uint64_t{4} << 30;
};

/// Gets wanted[index]'s bytes. An error ends the reading and is what it returns.
using OnMember = std::function<Result<>(std::size_t index, const NextChunk& next)>;

/// Reads a package (.tgz, .whl, .zip) once, from front to back, and hands over the wanted members,
/// each at most once, in the archive's order; stops after the last. Nothing is written: member
/// names are only compared, so a name like "../../x" has nothing to escape from. The folder that a
/// tar package keeps all in ("package/" for npm) is not part of a member's name.
///
/// "models.archive_damaged" for what is no such archive, is cut or breaks its own checksums,
/// "models.archive_too_large" beyond the limits.
Result<> read_members(const CallContext& context, const std::filesystem::path& archive,
                      std::span<const std::string> wanted, const OnMember& on_member,
                      const ArchiveLimits& limits = {});

/// The same for an archive in memory.
Result<> read_members_in_memory(const CallContext& context, std::string_view archive,
                                std::span<const std::string> wanted, const OnMember& on_member,
                                const ArchiveLimits& limits = {});

}  // namespace sotto::models::internal
