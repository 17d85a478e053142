#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "platform/http/address.h"
#include "platform/http/types.h"

namespace sotto::http {

/// What trusted proxies say about the client.
struct ForwardedClient {
  Address address;
  bool secure = false;  ///< It spoke TLS to the first of them.
};

/// The client behind trusted proxies: walks the addresses of Forwarded (RFC 7239) or, without it,
/// of X-Forwarded-For from the nearest on, past every trusted one, to the first that is not: what
/// stands further away anybody could have written. Nothing where `peer` is not trusted, both
/// headers are there (a client could have sent the one that the proxy does not set), or an element
/// on the way cannot be read; the peer is then the client.
std::optional<ForwardedClient> forwarded_client(const Address& peer,
                                                const std::vector<Field>& fields,
                                                const std::vector<AddressBlock>& trusted);

}  // namespace sotto::http
