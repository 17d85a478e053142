// Streams that somebody changed: a reader gives out the bytes that were written, or an error.
//
// The input's first bytes say how large a stream is made and where it is changed; the rest is put
// there, or is taken for a whole stream where it begins like one.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "platform/crypto/stream.h"
#include "platform/crypto/testing/memory_stream.h"

namespace {

using namespace sotto;          // NOLINT(google-build-using-namespace): a program of one file.
using namespace sotto::crypto;  // NOLINT(google-build-using-namespace)

const CallContext kContext(CallContext::kNoDeadline, {});

Key key() {
  SeededRandom random;
  return Key::make(random);
}

/// All plain bytes; nothing where the stream is refused.
std::optional<std::string> opened(const std::string& bytes) {
  MemoryStream source(bytes);
  const auto reader = StreamReader::open(kContext, key(), source);
  if (!reader) return std::nullopt;
  std::string plain((*reader)->size(), '\0');
  const auto count = (*reader)->read(kContext, 0, std::as_writable_bytes(std::span(plain)));
  if (!count) return std::nullopt;
  SOTTO_CHECK(*count == plain.size());
  return plain;
}

std::string sealed(const std::string& plain) {
  MemoryStream sink;
  SeededRandom random(2);
  const auto writer = StreamWriter::create(kContext, key(), random, sink);
  SOTTO_CHECK((*writer)->append(kContext, std::as_bytes(std::span(plain))));
  SOTTO_CHECK((*writer)->finish(kContext));
  SOTTO_CHECK(sink.bytes.size() == stream_sealed_size(plain.size()));
  return sink.bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kPlainMax = 3 * kStreamChunkSize;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto plain = opened(std::string(input)))
    SOTTO_CHECK(stream_plain_size(size) == plain->size());
  if (input.size() < 8) return 0;
  std::array<std::uint32_t, 2> numbers{};
  for (std::uint32_t& number : numbers) {
    for (int i = 0; i < 4; ++i)
      number = number << 8 | static_cast<std::uint8_t>(input[static_cast<std::size_t>(i)]);
    input.remove_prefix(4);
  }
  const std::string plain(numbers[0] % (kPlainMax + 1), 'p');
  const std::string whole = sealed(plain);
  SOTTO_CHECK(opened(whole) == plain);
  const std::size_t at = numbers[1] % (whole.size() + 1);
  std::string changed = whole.substr(0, at);  // Cut there, ...
  SOTTO_CHECK(at == whole.size() || !opened(changed));
  changed = whole;  // ... overwritten there, or with something put between.
  changed.replace(at, std::min(input.size(), whole.size() - at), input);
  SOTTO_CHECK(opened(changed) == (changed == whole ? std::optional(plain) : std::nullopt));
  changed = whole;
  changed.insert(at, input);
  SOTTO_CHECK(opened(changed) == (changed == whole ? std::optional(plain) : std::nullopt));
  return 0;
}
