// Our own look at first bytes takes any of them.

#include <array>
#include <string_view>

#include "base/check.h"
#include "media/extent.h"

namespace sotto::media {
namespace {

void look_at(std::span<const std::byte> head) {
  constexpr std::array<std::string_view, 4> kContainers = {"wav", "avi", "matroska,webm", "asf"};
  for (const std::string_view container : kContainers) (void)declared_end(container, head);
  const bool in_front = has_index_in_front(head);
  SOTTO_CHECK(!in_front || head.size() >= kBoxHeadSize);
  (void)mp4_box_size(head);
  (void)is_mp4_fragment(head);
}

}  // namespace
}  // namespace sotto::media

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sotto::media::look_at({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
