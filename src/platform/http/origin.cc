#include "platform/http/origin.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace sotto::http {
namespace {

struct Found {
  std::optional<std::string_view> value;
  bool several = false;
};

Found find_one(const std::vector<Field>& fields, std::string_view name) {
  Found found;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    found.several = found.several || found.value;
    found.value = field.value;
  }
  return found;
}

}  // namespace

RequestOrigin origin_of(const std::vector<Field>& fields,
                        const std::vector<std::string>& own_origins) {
  const Found site = find_one(fields, "Sec-Fetch-Site");
  const Found origin = find_one(fields, "Origin");
  if (site.several || origin.several) return RequestOrigin::kForeign;
  if (origin.value) {
    // "null" is what sandboxed and opaque pages send; it is in nobody's list.
    const bool own = *origin.value != "null" && std::find(own_origins.begin(), own_origins.end(),
                                                          *origin.value) != own_origins.end();
    // Not Sec-Fetch-Site: a page of ours under another of our origins is cross-site to a browser.
    return own ? RequestOrigin::kOwn : RequestOrigin::kForeign;
  }
  if (!site.value) return RequestOrigin::kUnknown;
  return *site.value == "same-origin" || *site.value == "none" ? RequestOrigin::kOwn
                                                               : RequestOrigin::kForeign;
}

}  // namespace sotto::http
