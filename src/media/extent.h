#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sotto::media {

/// Where a file should end by what its first bytes say (Matroska's segment, AVI's RIFF chunk,
/// WAV's data chunk), from
/// `head`, its beginning. None where the container does not say, or says "until it ends".
/// `container` is FFmpeg's name.
std::optional<std::uint64_t> declared_end(std::string_view container,
                                          std::span<const std::byte> head);

/// The whole size of the MP4 box whose first bytes are `head`; none where it goes on to the file's
/// end or is nonsense.
inline constexpr std::size_t kBoxHeadSize = 16;
std::optional<std::uint64_t> mp4_box_size(std::span<const std::byte> head);

/// True for the box that starts a fragment, which has times of its own.
bool is_mp4_fragment(std::span<const std::byte> head);

/// True where an MP4's index comes before its samples, so that it can be decoded as it arrives.
bool has_index_in_front(std::span<const std::byte> head);

}  // namespace sotto::media
