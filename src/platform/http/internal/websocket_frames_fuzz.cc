#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "platform/http/internal/message_deflate.h"
#include "platform/http/internal/websocket_frames.h"

namespace {

using sotto::http::internal::FrameLimits;
using sotto::http::internal::FrameReader;
using sotto::http::internal::WebSocketCodecs;
using Kind = FrameReader::Kind;

constexpr std::size_t kDecompressedMax = std::size_t{64} << 10;

/// What is found, as text: the same however the bytes are cut.
std::string read_all(std::string_view bytes, const FrameLimits& limits, std::size_t piece) {
  FrameReader reader(limits);
  WebSocketCodecs codecs;
  std::string all;
  while (!bytes.empty()) {
    const auto found = reader.feed(bytes.substr(0, piece));
    SOTTO_CHECK(found.consumed > 0 && found.consumed <= bytes.size());
    bytes.remove_prefix(found.consumed);
    if (found.kind == Kind::kNothing) continue;
    all += std::to_string(static_cast<int>(found.kind)) + ' ' + std::to_string(found.code) + ' ' +
           found.payload + '\n';
    if (found.kind == Kind::kClose || found.kind == Kind::kBroken) break;
    if (found.kind != Kind::kMessage) {
      SOTTO_CHECK(found.payload.size() <= 125);
      continue;
    }
    SOTTO_CHECK(found.payload.size() <= limits.message_max);
    if (found.compressed) {
      SOTTO_CHECK(limits.compression);
      const auto message = codecs.decompress(found.payload, kDecompressedMax);
      SOTTO_CHECK(!message || message->size() <= kDecompressedMax);
    } else {
      SOTTO_CHECK(!found.is_text || sotto::is_utf8(found.payload));
    }
  }
  return all;
}

}  // namespace

// The first byte chooses the limits; the rest is what a client sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const FrameLimits limits{.message_max = (data[0] & 1) != 0 ? std::size_t{100} : std::size_t{4096},
                           .frame_count_max = 8,
                           .compression = (data[0] & 2) != 0};
  const std::string whole = read_all(bytes, limits, std::max<std::size_t>(bytes.size(), 1));
  SOTTO_CHECK(whole == read_all(bytes, limits, 1));
  SOTTO_CHECK(whole == read_all(bytes, limits, 5));
  return 0;
}
