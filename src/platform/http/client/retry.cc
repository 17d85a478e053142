#include "platform/http/client/retry.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <curl/curl.h>
#include <string>

#include "platform/http/types.h"

namespace sotto::http {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<milliseconds> parse_retry_after(std::string_view field, WallTime now) {
  constexpr std::size_t kDateSizeMax = 64;
  constexpr std::int64_t kSecondsMax = 366L * 24 * 3600;  // Far above any cap, far below overflow.
  field = trim(field);
  if (field.empty() || field.size() > kDateSizeMax) return std::nullopt;
  if (field.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t count = 0;
    const auto parsed = std::from_chars(field.data(), field.data() + field.size(), count);
    if (parsed.ec == std::errc::result_out_of_range) count = kSecondsMax;
    return milliseconds(seconds(std::min(count, kSecondsMax)));
  }
  // A date begins with its day's name in each of the three forms; curl reads much more than that.
  const char first = field.front();
  if (!((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'))) return std::nullopt;
  const std::time_t date = ::curl_getdate(std::string(field).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  const auto at =
      std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::from_time_t(date));
  return std::clamp<milliseconds>(at - now, milliseconds{0}, seconds(kSecondsMax));
}

milliseconds backoff(const RetryPolicy& policy, int attempt, Random& random) {
  milliseconds bound = std::min(policy.delay_base, policy.delay_max);
  for (int i = 1; i < attempt && bound < policy.delay_max; ++i)
    bound = std::min(bound * 2, policy.delay_max);
  std::uint64_t draw = 0;
  random.fill(std::as_writable_bytes(std::span(&draw, 1)));
  // The remainder's bias is below 1e-13 for any pause of less than a day.
  return milliseconds(draw %
                      (static_cast<std::uint64_t>(std::max<std::int64_t>(bound.count(), 0)) + 1));
}

}  // namespace sotto::http
