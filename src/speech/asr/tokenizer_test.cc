#include "speech/asr/tokenizer.h"

#include <array>
#include <fstream>
#include <gtest/gtest.h>

#include "platform/infer/testing/model_folder.h"

namespace sotto::asr {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      const bool padding = i + j > bytes.size();
      text += padding ? '=' : kAlphabet[bits >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

// The three specials, the 256 bytes, and `words`.
std::string joined(std::initializer_list<const char*> words) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text = "<unk>\n<s>\n</s>";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    text += std::string("\n<0x") + kHex[byte / 16] + kHex[byte % 16] + ">";
  }
  for (const char* word : words) text += std::string("\n") + word;
  return text;
}

std::string file_of(std::string_view pieces) {
  return "// a comment\nconst llama_vocab_base64 = \"" + base64(pieces) + "\";\nmore();\n";
}

std::string reason_of(const std::string& text) {
  const auto tokenizer = Tokenizer::parse(text);
  return tokenizer ? "" : tokenizer.error().reason();
}

constexpr std::int64_t kFirstWord = 259;

TEST(Tokenizer, SpellsPieces) {
  const auto tokenizer =
      Tokenizer::parse(file_of(joined({"\u2581Her", "\u2581ey", "es", "."}))).value();
  const std::array<std::int64_t, 6> tokens{
      1, kFirstWord, kFirstWord + 1, kFirstWord + 2, kFirstWord + 3, 2};
  EXPECT_EQ(tokenizer.decode(tokens), "Her eyes.");
  EXPECT_EQ(tokenizer.piece(kFirstWord), " Her");
  EXPECT_EQ(tokenizer.piece_count(), 263U);
}

TEST(Tokenizer, JoinsByteTokensIntoCharacters) {
  const auto tokenizer = Tokenizer::parse(file_of(joined({}))).value();
  const std::array<std::int64_t, 2> accent{3 + 0xC3, 3 + 0xA9};
  EXPECT_EQ(tokenizer.decode(accent), "\u00e9");
}

TEST(Tokenizer, GivesUtf8WhateverTheModelSpells) {
  const auto tokenizer = Tokenizer::parse(file_of(joined({}))).value();
  const std::array<std::int64_t, 3> torn{3 + 'a', 3 + 0xC3, 3 + 'b'};
  EXPECT_EQ(tokenizer.decode(torn), "a\uFFFDb");
}

TEST(Tokenizer, GivesOneLineWithSingleSpaces) {
  const auto tokenizer = Tokenizer::parse(file_of(joined({"\u2581\u2581a"}))).value();
  const std::array<std::int64_t, 5> tokens{3 + '\n', kFirstWord, 3 + '\t', 3 + 'b', 3 + '\n'};
  EXPECT_EQ(tokenizer.decode(tokens), "a b");
}

TEST(Tokenizer, KnowsNoTextForSpecialsAndUnknownIds) {
  const auto tokenizer = Tokenizer::parse(file_of(joined({}))).value();
  const std::array<std::int64_t, 5> tokens{0, 1, 2, -7, 40'000};
  EXPECT_EQ(tokenizer.decode(tokens), "");
}

TEST(Tokenizer, RefusesWhatIsNoVocabulary) {
  constexpr auto kReason = "asr.vocabulary_unreadable";
  EXPECT_EQ(reason_of(""), kReason);
  EXPECT_EQ(reason_of("llama_vocab_base64 = "), kReason);
  EXPECT_EQ(reason_of("llama_vocab_base64 = \"AAAA"), kReason);
  EXPECT_EQ(reason_of("llama_vocab_base64 = \"A?==\""), kReason);
  EXPECT_EQ(reason_of(file_of("a\nb\nc")), kReason);
  EXPECT_EQ(reason_of(file_of(joined({"\xff\xfe"}))), kReason);
  EXPECT_EQ(reason_of(file_of(joined({""}))), kReason);
  EXPECT_EQ(reason_of(file_of(joined({std::string(257, 'a').c_str()}))), kReason);
  std::string many = joined({});
  for (int i = 0; i < 66'000; ++i) many += "\na";
  EXPECT_EQ(reason_of(file_of(many)), kReason);
}

TEST(Tokenizer, NamesTheMissingFile) {
  const auto error = Tokenizer::load("/nowhere/llama-tokenizer.js").error();
  EXPECT_EQ(error.reason(), "asr.vocabulary_missing");
  EXPECT_NE(error.message().find("llama-tokenizer.js"), std::string::npos);
}

TEST(Tokenizer, ReadsTheRealVocabulary) {
  const auto file = infer::test_model("moonshine-base/llama-tokenizer.js");
  if (!file) GTEST_SKIP() << "SOTTO_MODELS is not set";
  const auto tokenizer = Tokenizer::load(*file).value();
  EXPECT_EQ(tokenizer.piece_count(), 32'000U);
  EXPECT_EQ(tokenizer.piece(3 + 0x0A), "\n");
  EXPECT_EQ(tokenizer.piece(260), " t");
}

}  // namespace
}  // namespace sotto::asr
