#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sotto::media {

/// Where a file should end by what its first bytes say (Matroska's segment, AVI's RIFF chunk), from
/// `head`, its beginning. None where the container does not say, or says "until it ends".
/// `container` is FFmpeg's name.
std::optional<std::uint64_t> declared_end(std::string_view container,
                                          std::span<const std::byte> head);

/// True where an MP4's index comes before its samples, so that it can be decoded as it arrives.
bool has_index_in_front(std::span<const std::byte> head);

}  // namespace sotto::media
