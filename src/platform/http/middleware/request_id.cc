#include <algorithm>
#include <cstddef>
#include <string_view>

#include "platform/http/middleware/steps.h"

namespace sotto::http {
namespace {

constexpr std::size_t kIdMin = 8;
constexpr std::size_t kIdMax = 64;

bool is_well_formed(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return id.size() >= kIdMin && id.size() <= kIdMax && std::all_of(id.begin(), id.end(), fits);
}

}  // namespace

Result<Middleware::Verdict> RequestId::on_head(Exchange& exchange) {
  const auto given = exchange.request.field("X-Request-Id");
  if (given && is_well_formed(*given)) exchange.request.id = *given;
  return Verdict::kContinue;
}

void RequestId::on_response(Exchange& exchange) {
  exchange.response.with("X-Request-Id", exchange.request.id);
}

}  // namespace sotto::http
