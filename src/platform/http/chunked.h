#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace sotto::http {

/// Decodes a body in chunked transfer coding (RFC 9112 §7.1), fed as its bytes come.
///
/// Strict for the reason that parse_head() gives: chunk extensions, trailers and bare line feeds
/// are refused ("http.bad_chunk", kInvalidArgument); nobody needs them, and proxies disagree on
/// them. Keeps no bytes; state is a few integers. One thread.
class ChunkedDecoder {
 public:
  /// What the front of the given bytes was.
  struct Step {
    std::size_t consumed = 0;  ///< Bytes used up; feed the rest again.
    std::string_view data;     ///< Body bytes among them, a view; may be empty.
  };

  /// Takes a piece; stops behind the first run of body bytes or behind the end of the body.
  Result<Step> feed(std::string_view bytes);
  /// True once the last chunk and its blank line were read.
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State : std::uint8_t {
    kSize,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kEndCr,
    kEndLf,
    kDone,
  };

  Result<> take_size_byte(char byte);
  Result<> take_framing_byte(char byte);

  State state_ = State::kSize;
  int digits_ = 0;          // Of the size so far.
  std::uint64_t left_ = 0;  // The size while it is read, then what is missing of the chunk.
};

}  // namespace sotto::http
