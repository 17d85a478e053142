#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/http/types.h"

namespace sotto::http {

/// Who made a browser send a request.
enum class RequestOrigin : std::uint8_t {
  kOwn,      ///< A page of ours, or the person at the browser (address bar, bookmark).
  kForeign,  ///< Another site, or a page that hides where it is from.
  kUnknown,  ///< Nothing says it: no browser of the last years, so no cookie to be misused.
};

/// What Origin says or, where a browser sends none, Sec-Fetch-Site; a page can forge neither.
/// `own_origins` are ours ("https://sotto.example"), compared exactly. A neighbour under the same
/// domain ("same-site") is foreign; a field that comes twice makes the request foreign too.
///
/// Against request forgery: whatever changes something and is authorised by a cookie must not be
/// kForeign.
RequestOrigin origin_of(const std::vector<Field>& fields,
                        const std::vector<std::string>& own_origins);

}  // namespace sotto::http
