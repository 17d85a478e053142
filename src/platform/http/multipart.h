#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sotto::http {

struct MultipartLimits {
  std::size_t parts_max = 100;
  std::size_t head_max = std::size_t{8} * 1024;        ///< Bytes of one part's fields.
  std::size_t name_max = 256;                          ///< Bytes.
  std::size_t filename_max = 1024;                     ///< Bytes.
  std::uint64_t value_max = std::uint64_t{64} * 1024;  ///< Bytes of a part without a file name.
  std::uint64_t file_max =
      UINT64_MAX;  ///< Bytes of one with a file name; the body has a limit too.
};

/// What stands above the content of one part.
struct PartHead {
  std::string name;
  /// Where a file was chosen: what its sender calls it, without folders. For showing only; never a
  /// path of ours. Empty, not missing, where a browser's field for a file was left empty.
  std::optional<std::string> filename;
  std::string content_type;  ///< What the sender claims; empty where it claims nothing.
};

/// Takes the parts of a form in their order: begin, data any number of times, end. An error ends
/// the parsing with that error.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual Result<> begin_part(const PartHead& head) = 0;
  virtual Result<> take_data(std::string_view data) = 0;
  virtual Result<> end_part() = 0;
};

/// Reads multipart/form-data (RFC 7578) from pieces of any size, in constant memory: one part's
/// head and nothing of its content. One thread.
///
/// Strict, as browsers and curl send it: no preamble, no epilogue, no folded or bare line ends, no
/// `filename*`, no transfer encodings; whatever two readers could understand differently is
/// "http.bad_multipart". "http.multipart_too_large" above a limit. After an error feed no more.
class MultipartParser {
 public:
  /// From the Content-Type of the request. "http.not_multipart" for another type,
  /// "http.bad_multipart" for a boundary that is missing, given twice or malformed.
  static Result<MultipartParser> create(std::string_view content_type, MultipartLimits limits = {});

  Result<> feed(std::string_view bytes, PartSink& sink);
  /// At the end of the body: "http.bad_multipart" where the last boundary is missing.
  Result<> finish() const;

 private:
  enum class State : std::uint8_t {
    kStart,          // Before the first boundary.
    kData,           // In the content of a part.
    kAfterBoundary,  // CR LF or "--" follow.
    kHead,           // In the fields of a part.
    kEnd,            // Behind the last boundary: a CR LF may follow ...
    kEndLf,
    kDone,  // ... and nothing else.
  };

  MultipartParser(std::string boundary, MultipartLimits limits);
  /// Each takes bytes off the front.
  Result<> take_data(std::string_view& bytes, PartSink& sink);
  Result<> take_after_boundary(std::string_view& bytes);
  Result<> take_head(std::string_view& bytes, PartSink& sink);
  Result<> take_end(std::string_view& bytes);
  Result<> pass_on(std::string_view data, PartSink& sink);

  std::string delimiter_;  // CR LF "--" boundary; its CR stands nowhere else in it.
  MultipartLimits limits_;
  State state_ = State::kStart;
  std::size_t matched_;  // Bytes of the delimiter that the input so far ends with.
  std::size_t unseen_;   // Of them, those that the input did not hold.
  char after_ = 0;       // The first byte behind a boundary.
  std::string head_;
  std::size_t parts_ = 0;
  bool is_file_ = false;    // The part that is read has a file name, ...
  std::uint64_t size_ = 0;  // ... and so many bytes up to here.
};

/// The head of a part out of its field lines, each with its CR LF: for tests and the fuzzer too.
Result<PartHead> parse_part_head(std::string_view lines, const MultipartLimits& limits);

}  // namespace sotto::http
