#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sotto::http {

/// A request target, decoded: the segments of its path and the parameters of its query.
///
/// "/api/v1/files/a%20b?limit=10" has the segments api, v1, files, "a b" and one parameter.
class Target {
 public:
  static constexpr std::size_t kSegmentsMax = 32;     ///< No route is deeper than half of it.
  static constexpr std::size_t kParametersMax = 100;  ///< Of the query.

  /// Takes the origin form, which begins with '/'. "http.bad_path" where the path is not plain:
  /// malformed escapes, text that is not UTF-8, control characters, an escaped or a back slash, an
  /// empty, "." or ".." segment. "http.bad_query" for malformed escapes and non-UTF-8 in the query
  /// or too many parameters. `text` must outlive the object where it needs no decoding.
  static Result<Target> parse(std::string_view text);

  /// Without the query, still encoded.
  std::string_view path() const { return path_; }
  /// Without the '?', still encoded; empty where there is none.
  std::string_view query() const { return query_; }

  const std::vector<std::string>& segments() const { return segments_; }
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

  /// The value of the parameter; nothing where it is missing; "http.bad_query" where it comes
  /// twice.
  Result<std::optional<std::string_view>> parameter(std::string_view name) const;

 private:
  std::string_view path_;
  std::string_view query_;
  std::vector<std::string> segments_;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Undoes percent-encoding; '+' becomes a space where asked for. Nothing for a malformed escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace sotto::http
