#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "speech/asr/tokenizer.h"

// A vocabulary file from outside: parsed or refused, and whatever it spells is UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tokenizer = sotto::asr::Tokenizer::parse(text);
  if (!tokenizer) return 0;
  std::vector<std::int64_t> tokens;
  for (std::size_t i = 0; i < tokenizer->piece_count(); ++i) {
    tokens.push_back(static_cast<std::int64_t>(i * 7 % tokenizer->piece_count()));
  }
  SOTTO_CHECK(sotto::is_utf8(tokenizer->decode(tokens)));
  return 0;
}
