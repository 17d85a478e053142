#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "platform/http/address.h"
#include "platform/http/client/resolver.h"
#include "platform/http/client/url.h"

namespace sotto::http {

struct OutboundGuardOptions {
  bool allows_http = false;                   ///< Unencrypted, for public hosts too.
  std::vector<std::uint16_t> ports{443, 80};  ///< Those that may be asked at public hosts.
  /// "host:port" of services that an operator configured on a network of their own, over http or
  /// https: "127.0.0.1:11434", "[fd12::3]:8080", "llm.internal:443". Nobody else may name them.
  std::vector<std::string> private_hosts;
  std::vector<std::string> private_blocks;  ///< "10.1.0.0/16": counted as public.
};

/// The one place that decides where Sotto may connect to on somebody's behalf (server-side request
/// forgery). Immutable; any thread.
///
/// A name is resolved once, every address of the answer must be allowed, and the connection goes to
/// those addresses alone, so that a second answer of the name server changes nothing. Public means
/// Address::is_public(); of the private ones a configured host may be in ordinary private or
/// loopback space, never link-local, multicast or a cloud's metadata address.
class OutboundGuard {
 public:
  /// "client.bad_options" for an entry that cannot be read.
  static Result<OutboundGuard> create(const OutboundGuardOptions& options);

  /// Scheme, port and, where the host is an address, the address: "client.url_refused",
  /// "client.address_refused". Names are seen by resolve().
  Result<> check(const Url& url) const;
  /// The same for a call through a proxy, which resolves the name itself: refuses names without a
  /// dot and those of local networks (RFC 6761, 6762 and 8375) on top, and can do no more.
  Result<> check_for_proxy(const Url& url) const;
  /// The addresses of a checked host, all of them allowed: what to connect to. Also for protocols
  /// other than HTTP. "client.address_refused", and the resolver's errors.
  Result<std::vector<Address>> resolve(const CallContext& context, Resolver& resolver,
                                       const std::string& host, std::uint16_t port) const;
  /// Listed in private_hosts: an operator's own service, to which no redirect may lead.
  bool is_private_host(const Url& url) const { return is_listed(url.host(), url.port()); }
  /// A private host, or an address in private_blocks: reached directly, not by the proxy.
  bool is_private_peer(const Url& url) const;

 private:
  struct Peer {
    std::string host;
    std::uint16_t port = 0;
  };

  OutboundGuard() = default;
  bool is_listed(std::string_view host, std::uint16_t port) const;
  bool in_private_blocks(const Address& address) const;
  Result<> check_address(const Address& address, std::string_view host, std::uint16_t port) const;

  bool allows_http_ = false;
  std::vector<std::uint16_t> ports_;
  std::vector<Peer> private_hosts_;
  std::vector<AddressBlock> private_blocks_;
};

}  // namespace sotto::http
