#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "platform/http/address.h"
#include "platform/http/body.h"
#include "platform/http/head.h"
#include "platform/http/target.h"

namespace sotto::http {

/// One request as handlers see it. Views in it live as long as the exchange; a handler that keeps
/// something copies it. One thread at a time.
struct Request {
  RequestHead head;
  Target target;
  /// What stood at the {places} of the route's pattern, decoded, in their order.
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  Body body;
  Address peer;           ///< Who asks: behind trusted proxies the client that they name.
  bool secure = false;    ///< Came over TLS, to us or to a trusted proxy.
  std::string id;         ///< The request id, for logs and error documents.
  std::string principal;  ///< Who was authenticated; empty for strangers.

  Method method() const { return head.method; }
  std::optional<std::string_view> field(std::string_view name) const { return head.field(name); }

  /// The value at {name}; a name that the pattern does not have is a bug.
  std::string_view parameter(std::string_view name) const;
};

}  // namespace sotto::http
