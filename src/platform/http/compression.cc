#include "platform/http/compression.h"

#include <algorithm>
#include <array>
#include <bit>
#include <brotli/encode.h>
#include <utility>
#include <zlib.h>

namespace sotto::http {
namespace {

// Measured on transcripts in JSON: the next levels take twice the time for a tenth less.
constexpr int kGzipLevel = 1;
constexpr int kBrotliSmallQuality = 2;
constexpr int kBrotliLargeQuality = 1;
constexpr std::size_t kBrotliSmall = std::size_t{64} << 10;
constexpr int kGzipMemoryLevel = 8;
constexpr int kGzipWrapper = 16;  // Added to the window's bits, it makes gzip of deflate.
constexpr int kWindowBitsMin = 10;
constexpr int kGzipWindowBitsMax = 15;
constexpr int kBrotliWindowBitsMax = 18;

constexpr int kWeightMax = 1000;

/// A window no larger than the text, since its memory is taken and cleared for each answer.
int window_bits(std::size_t size, int most) {
  return std::clamp(static_cast<int>(std::bit_width(size)), kWindowBitsMin, most);
}

/// "0", "0.5", "1.000" in thousandths (RFC 9110 §12.4.2); -1 for anything else.
int parse_weight(std::string_view text) {
  constexpr std::size_t kDigitsMax = 3;
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return -1;
  int weight = (text[0] - '0') * kWeightMax;
  if (text.size() == 1) return weight;
  const std::string_view digits = text.substr(2);
  if (text[1] != '.' || digits.size() > kDigitsMax) return -1;
  int unit = kWeightMax / 10;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return -1;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return weight <= kWeightMax ? weight : -1;
}

struct Element {
  std::string_view coding;
  int weight = kWeightMax;
};

/// "br" or "br;q=0.5".
std::optional<Element> parse_element(std::string_view text) {
  Element element;
  const auto semicolon = text.find(';');
  element.coding = trim(text.substr(0, semicolon));
  if (!is_token(element.coding)) return std::nullopt;
  if (semicolon == std::string_view::npos) return element;
  const std::string_view parameter = trim(text.substr(semicolon + 1));
  if (parameter.size() < 2 || !equals_ignoring_case(parameter.substr(0, 2), "q="))
    return std::nullopt;
  element.weight = parse_weight(parameter.substr(2));
  if (element.weight < 0) return std::nullopt;
  return element;
}

std::optional<std::string> gzip(std::string_view bytes, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED,
                   window_bits(bytes.size(), kGzipWindowBitsMax) + kGzipWrapper, kGzipMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib reads from it: it takes it as mutable for want of a const in its interface.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT: zlib's bytes are unsigned.
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return out;
}

std::optional<std::string> brotli(std::string_view bytes, int quality, int window_bits_max) {
  std::size_t size = BrotliEncoderMaxCompressedSize(bytes.size());
  std::string out(size, '\0');
  if (BrotliEncoderCompress(quality, window_bits(bytes.size(), window_bits_max), BROTLI_MODE_TEXT,
                            bytes.size(),
                            reinterpret_cast<const std::uint8_t*>(bytes.data()),  // NOLINT
                            &size,
                            reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_FALSE)  // NOLINT
    return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

std::string_view to_string(Coding coding) { return coding == Coding::kGzip ? "gzip" : "br"; }

std::string_view etag_suffix(Coding coding) { return coding == Coding::kGzip ? "~gz" : "~br"; }

AcceptEncoding AcceptEncoding::of(const std::vector<Field>& fields) {
  std::string all;
  std::string_view only;
  std::size_t count = 0;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, "Accept-Encoding")) continue;
    if (++count == 1) {
      only = field.value;
      continue;
    }
    if (count == 2) all = only;
    all.append(",").append(field.value);
    if (all.size() > kLengthMax) return {};
  }
  return parse(count > 1 ? std::string_view(all) : only);
}

AcceptEncoding AcceptEncoding::parse(std::string_view field) {
  if (field.size() > kLengthMax) return {};
  std::optional<int> gzip_weight;
  std::optional<int> brotli_weight;
  std::optional<int> identity_weight;
  std::optional<int> any_weight;
  std::size_t count = 0;
  bool is_good = true;
  for_each_token(field, [&](std::string_view text) {
    const auto element = parse_element(text);
    if (!element || ++count > kElementsMax) {
      is_good = false;
      return;
    }
    const std::string_view coding = element->coding;
    std::optional<int>* named = nullptr;
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip"))
      named = &gzip_weight;
    else if (equals_ignoring_case(coding, "br"))
      named = &brotli_weight;
    else if (equals_ignoring_case(coding, "identity"))
      named = &identity_weight;
    else if (coding == "*")
      named = &any_weight;
    if (named == nullptr) return;
    if (*named) is_good = false;  // Said twice, it could mean either.
    *named = element->weight;
  });
  if (!is_good) return {};
  AcceptEncoding accepted;
  accepted.gzip_ = gzip_weight.value_or(any_weight.value_or(0));
  accepted.brotli_ = brotli_weight.value_or(any_weight.value_or(0));
  // "*" takes identity away only where it refuses all; else it is taken, as the last choice.
  accepted.identity_ = identity_weight.value_or(any_weight && *any_weight == 0 ? 0 : 1);
  accepted.named_identity_ = identity_weight.has_value();
  return accepted;
}

std::optional<Coding> AcceptEncoding::choose(const std::vector<Coding>& offered) const {
  std::optional<Coding> best;
  int best_weight = 0;
  for (const Coding coding : offered) {
    if (weight(coding) <= best_weight) continue;
    best = coding;
    best_weight = weight(coding);
  }
  if (named_identity_ && identity_ > best_weight) return std::nullopt;
  return best;
}

bool is_compressible(std::string_view content_type) {
  constexpr std::array<std::string_view, 6> kTypes{"application/json",     "application/javascript",
                                                   "application/xml",      "application/wasm",
                                                   "application/x-ndjson", "image/svg+xml"};
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  if (type == "text/event-stream") return false;
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
         std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::optional<std::string> compress(Coding coding, std::string_view bytes) {
  if (coding == Coding::kGzip) return gzip(bytes, kGzipLevel);
  const int quality = bytes.size() <= kBrotliSmall ? kBrotliSmallQuality : kBrotliLargeQuality;
  return brotli(bytes, quality, kBrotliWindowBitsMax);
}

std::optional<std::string> compress_best(Coding coding, std::string_view bytes) {
  return coding == Coding::kGzip ? gzip(bytes, Z_BEST_COMPRESSION)
                                 : brotli(bytes, BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS);
}

}  // namespace sotto::http
