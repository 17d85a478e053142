#pragma once

#include <cstdint>

namespace sotto::http {

/// How a stream came to its end.
enum class StreamEnd : std::uint8_t {
  kFinished,     ///< Its owner ended it, and everything was sent.
  kFailed,       ///< Its owner gave it up; the client saw it cut.
  kClientLeft,   ///< The client closed, or took nothing for too long, or was never sent to.
  kTooSlow,      ///< The client was slower than what was published, and was cut off.
  kServerStops,  ///< The server drains its connections.
};

}  // namespace sotto::http
