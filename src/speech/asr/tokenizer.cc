#include "speech/asr/tokenizer.h"

#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"

namespace sotto::asr {
namespace {

constexpr std::string_view kConstant = "llama_vocab_base64 = \"";
constexpr std::string_view kSpace = "\u2581";
// <unk>, <s>, </s> and the 256 bytes: fewer cannot spell every text.
constexpr std::size_t kPiecesMin = 259;
constexpr std::size_t kPiecesMax = 65'536;
constexpr std::size_t kPieceBytesMax = 256;
constexpr std::size_t kSpecialCount = 3;
// The real file is 0.7 MB.
constexpr std::streamsize kFileBytesMax = std::streamsize{16} << 20;

Error unreadable(std::string detail) {
  return Error(ErrorCode::kDataLoss, "asr.vocabulary_unreadable",
               "The model's vocabulary is damaged or of another kind; fetch the model again.")
      .with_detail(std::move(detail));
}

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const int value = sextet(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffff;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<char>(bits >> bit_count & 0xff));
    }
  }
  return bytes;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that "<0x0A>" stands for.
std::optional<char> byte_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
  const int high = hex_digit(piece[3]);
  const int low = hex_digit(piece[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

std::string spelled(std::string_view piece) {
  if (const auto byte = byte_piece(piece)) return std::string(1, *byte);
  std::string text;
  while (!piece.empty()) {
    if (piece.starts_with(kSpace)) {
      text += ' ';
      piece.remove_prefix(kSpace.size());
    } else {
      text += piece.front();
      piece.remove_prefix(1);
    }
  }
  return text;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (!is_blank(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

Result<Tokenizer> Tokenizer::parse(std::string_view text) {
  const std::size_t at = text.find(kConstant);
  if (at == std::string_view::npos) return unreadable("no constant llama_vocab_base64");
  text.remove_prefix(at + kConstant.size());
  const std::size_t end = text.find('"');
  if (end == std::string_view::npos) return unreadable("the constant does not end");
  const auto joined = decode_base64(text.substr(0, end));
  if (!joined) return unreadable("the constant is not base64");

  std::vector<std::string> pieces;
  std::string_view rest = *joined;
  for (bool more = true; more;) {
    const std::size_t line_end = rest.find('\n');
    const std::string_view piece = rest.substr(0, line_end);
    more = line_end != std::string_view::npos;
    if (more) rest.remove_prefix(line_end + 1);
    const std::string number = std::to_string(pieces.size());
    if (pieces.size() == kPiecesMax) return unreadable("more than 65,536 pieces");
    if (piece.empty() || piece.size() > kPieceBytesMax) return unreadable("length of " + number);
    if (!is_utf8(piece)) return unreadable("piece " + number + " is not UTF-8");
    pieces.push_back(pieces.size() < kSpecialCount ? std::string() : spelled(piece));
  }
  if (pieces.size() < kPiecesMin) return unreadable(std::to_string(pieces.size()) + " pieces");
  return Tokenizer(std::move(pieces));
}

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  std::array<char, 65'536> block{};
  while (stream && std::ssize(text) <= kFileBytesMax) {
    stream.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (text.empty()) {
    return Error(ErrorCode::kNotFound, "asr.vocabulary_missing",
                 "The vocabulary '" + file.filename().string() + "' is missing or empty.")
        .with_detail(file.string());
  }
  if (std::ssize(text) > kFileBytesMax) return unreadable(file.string() + " is above 16 MiB");
  return parse(text);
}

std::string_view Tokenizer::piece(std::int64_t token) const {
  if (token < 0 || static_cast<std::size_t>(token) >= pieces_.size()) return {};
  return pieces_[static_cast<std::size_t>(token)];
}

std::string Tokenizer::decode(std::span<const std::int64_t> tokens) const {
  std::string bytes;
  for (const std::int64_t token : tokens) bytes += piece(token);
  // Byte tokens can spell anything: what leaves here is UTF-8 without control characters.
  return one_line(printable(bytes));
}

}  // namespace sotto::asr
