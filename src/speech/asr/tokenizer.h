#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sotto::asr {

/// The pieces that a model's token ids stand for, read from llama-tokenizer.js: the base64 constant
/// `llama_vocab_base64` of the pieces, one a line. Immutable; any thread.
///
/// Pieces use U+2581 for the space; `<0xHH>` is a single byte; ids beyond the pieces are the
/// model's own special tokens and have no text.
class Tokenizer {
 public:
  /// First token of every hypothesis, and the one that ends it.
  static constexpr std::int64_t kStart = 1;
  static constexpr std::int64_t kEnd = 2;

  /// Reads a file's text: "asr.vocabulary_unreadable" for anything but at least 259 (specials and
  /// bytes) and at most 65,536 pieces of at most 256 bytes of UTF-8.
  static Result<Tokenizer> parse(std::string_view text);
  /// "asr.vocabulary_missing", and what parse() says. Reads at most 16 MiB.
  static Result<Tokenizer> load(const std::filesystem::path& file);

  std::size_t piece_count() const { return pieces_.size(); }

  /// What one token spells: a leading space starts a word; may be part of a character; empty for
  /// specials and unknown ids.
  std::string_view piece(std::int64_t token) const;

  /// The text of `tokens`: well-formed UTF-8 in one line, single spaces, none at the ends.
  std::string decode(std::span<const std::int64_t> tokens) const;

 private:
  explicit Tokenizer(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  // Bytes as they are to be joined: spaces and byte tokens already resolved, specials empty.
  std::vector<std::string> pieces_;
};

}  // namespace sotto::asr
