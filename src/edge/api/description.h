#pragma once

#include <string_view>

#include "platform/http/router.h"

namespace sotto::api {

/// GET /api/docs, its style sheet, /api/openapi.json and /api/openapi.yaml: spec/openapi.yaml for
/// people and for programs. Static: immediate, cacheable, with entity tags, compressed beforehand.
void add_description_routes(http::Router& router);

/// What /api/openapi.json answers. Constant.
std::string_view openapi_json();

}  // namespace sotto::api
