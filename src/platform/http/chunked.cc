#include "platform/http/chunked.h"

#include <algorithm>

namespace sotto::http {
namespace {

constexpr int kSizeDigitsMax = 15;  // 2^60 bytes: more than any body, and it cannot overflow.

Error bad_chunk(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "http.bad_chunk", std::move(message));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::feed(std::string_view bytes) {
  Step step;
  while (step.consumed < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto run = std::min<std::uint64_t>(left_, bytes.size() - step.consumed);
      step.data = bytes.substr(step.consumed, static_cast<std::size_t>(run));
      step.consumed += step.data.size();
      left_ -= run;
      if (left_ == 0) state_ = State::kDataCr;
      return step;
    }
    SOTTO_TRY(take_framing_byte(bytes[step.consumed]));
    ++step.consumed;
  }
  return step;
}

Result<> ChunkedDecoder::take_size_byte(char byte) {
  if (const int digit = hex_digit(byte); digit >= 0) {
    if (++digits_ > kSizeDigitsMax) return bad_chunk("A chunk's size has too many digits.");
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return {};
  }
  if (digits_ == 0 || byte != '\r')
    return bad_chunk(
        "A chunk must begin with its size in hexadecimal digits and CRLF; "
        "chunk extensions are refused.");
  state_ = State::kSizeLf;
  return {};
}

Result<> ChunkedDecoder::take_framing_byte(char byte) {
  const auto expect = [&](char wanted, State next) -> Result<> {
    if (byte != wanted) return bad_chunk("A chunk must end in CRLF, and trailers are refused.");
    state_ = next;
    return {};
  };
  switch (state_) {
    case State::kSize:
      return take_size_byte(byte);
    case State::kSizeLf:
      SOTTO_TRY(expect('\n', left_ == 0 ? State::kEndCr : State::kData));
      digits_ = 0;
      return {};
    case State::kDataCr:
      return expect('\r', State::kDataLf);
    case State::kDataLf:
      return expect('\n', State::kSize);
    case State::kEndCr:
      return expect('\r', State::kEndLf);
    case State::kEndLf:
      return expect('\n', State::kDone);
    case State::kData:
    case State::kDone:
      break;
  }
  return SOTTO_BUG("A chunk's data was taken for its framing.");
}

}  // namespace sotto::http
