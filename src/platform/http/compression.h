#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/types.h"

namespace sotto::http {

/// How the bytes of a body can be coded.
enum class Coding : std::uint8_t { kGzip, kBrotli };

/// As Content-Encoding says it: "gzip", "br".
std::string_view to_string(Coding coding);
/// What an entity tag of that coding ends with, inside its quotes: "~gz", "~br".
std::string_view etag_suffix(Coding coding);

/// What a client takes (RFC 9110 §12.5.3).
class AcceptEncoding {
 public:
  /// More of either, and the field counts as not sent: no honest client says more.
  static constexpr std::size_t kElementsMax = 32;
  static constexpr std::size_t kLengthMax = 1024;

  /// Of all fields of that name together. None, or one that is malformed or too long, takes the
  /// body as it is and nothing else.
  static AcceptEncoding of(const std::vector<Field>& fields);
  static AcceptEncoding parse(std::string_view field);

  bool takes(Coding coding) const { return weight(coding) > 0; }
  bool takes_identity() const { return identity_ > 0; }
  /// The most wanted of `offered`; of two wanted alike, the first. Nothing where the client takes
  /// none, or says that it rather has the body as it is.
  std::optional<Coding> choose(const std::vector<Coding>& offered) const;

 private:
  int weight(Coding coding) const { return coding == Coding::kGzip ? gzip_ : brotli_; }

  // In thousandths. What was not named takes the weight of "*"; where that is missing, identity is
  // taken and codings are not.
  int gzip_ = 0;
  int brotli_ = 0;
  int identity_ = 1;
  bool named_identity_ = false;
};

/// Whether bodies of that media type become smaller: text in the wide sense, but no event stream,
/// which would stand still in the coder.
bool is_compressible(std::string_view content_type);

/// `bytes` in that coding, at a level that takes some 10 ms a megabyte; nothing where there is no
/// memory for it.
std::optional<std::string> compress(Coding coding, std::string_view bytes);
/// The same as small as it gets, however long it takes: for what is coded once and sent often.
std::optional<std::string> compress_best(Coding coding, std::string_view bytes);

}  // namespace sotto::http
