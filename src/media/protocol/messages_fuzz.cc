// Any bytes are refused or a message; and what is a message is written back as the same bytes, so
// that nothing has two spellings.

#include <algorithm>

#include "media/protocol/messages.h"

namespace {

template <typename Decode>
void check(std::span<const std::byte> packet, Decode decode) {
  const auto message = decode(packet);
  if (!message) return;
  const auto again = sotto::media::encode(*message);
  SOTTO_CHECK(std::equal(again.begin(), again.end(), packet.begin(), packet.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span packet(reinterpret_cast<const std::byte*>(data), size);
  check(packet, sotto::media::decode_to_server);
  check(packet, sotto::media::decode_from_server);
  check(packet, sotto::media::decode_to_child);
  check(packet, sotto::media::decode_from_child);
  return 0;
}
