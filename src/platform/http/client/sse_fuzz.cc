#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/http/client/sse.h"

namespace {

/// All events in one text, the outcome last.
std::string read(std::string_view bytes, std::size_t piece) {
  using sotto::http::StreamedEvent;
  sotto::http::SseParser parser({.line_max = 64, .event_max = 256});
  std::string seen;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const auto fed =
        parser.feed(bytes.substr(0, piece), [&](const StreamedEvent& event) -> sotto::Result<> {
          SOTTO_CHECK(event.data.size() <= 256 && !event.type.empty());
          seen += event.type + "\n" + event.data + "\n" + event.id + "\n";
          return {};
        });
    if (!fed) return seen + "refused";
  }
  const auto retry = parser.retry();
  return seen + parser.last_event_id() + "|" + (retry ? std::to_string(retry->count()) : "");
}

}  // namespace

// However a stream is cut into pieces, it gives the same events.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read(bytes, std::max<std::size_t>(size, 1));
  SOTTO_CHECK(whole == read(bytes, 1));
  SOTTO_CHECK(whole == read(bytes, 3));
  return 0;
}
