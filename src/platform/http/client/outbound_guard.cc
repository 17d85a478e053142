#include "platform/http/client/outbound_guard.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/text.h"

namespace sotto::http {
namespace {

/// Where a configured service may live. Everything else that is not public (link-local, multicast,
/// unspecified, IPv6 forms that carry an IPv4 address) is nobody's service.
constexpr std::array kOrdinaryPrivateBlocks{
    "10.0.0.0/8",  "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
    "127.0.0.0/8", "fc00::/7",      "::1/128",
};
/// Clouds' metadata and host services outside of link-local space, refused for listed names too.
/// 168.63.129.16 (Azure) lies in public space and is reached from inside its cloud alone.
constexpr std::array kMetadataAddresses{"fd00:ec2::254", "100.100.100.200", "168.63.129.16",
                                        "fd20:ce::254"};
/// Names that lead into the local network by definition (RFC 6761 §6.3, RFC 6762 §3, RFC 8375,
/// and ICANN's "internal").
constexpr std::array<std::string_view, 6> kLocalDomains{"localhost", "local",       "internal",
                                                        "home.arpa", "localdomain", "lan"};

bool in_any(const Address& address, std::span<const char* const> blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const char* text) {
    const auto block = AddressBlock::parse(text);
    return block && block->contains(address);
  });
}

/// An interface identifier of ISATAP carries an IPv4 address in any prefix (RFC 5214 §6.1).
bool is_isatap(const Address& address) {
  const auto& bytes = address.bytes();
  return !address.is_ipv4() && (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e &&
         bytes[11] == 0xfe;
}

Error url_refused(std::string message) {
  return Error(ErrorCode::kPermissionDenied, "client.url_refused", std::move(message));
}

Error bad_options(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "client.bad_options", std::move(message));
}

bool in_local_domain(std::string_view host) {
  return std::any_of(kLocalDomains.begin(), kLocalDomains.end(), [&](std::string_view domain) {
    return host == domain || (host.ends_with(domain) && host.size() > domain.size() &&
                              host[host.size() - domain.size() - 1] == '.');
  });
}

}  // namespace

Result<OutboundGuard> OutboundGuard::create(const OutboundGuardOptions& options) {
  OutboundGuard guard;
  guard.allows_http_ = options.allows_http;
  guard.ports_ = options.ports;
  for (const std::string& text : options.private_hosts) {
    const auto url = Url::parse("http://" + text);
    const auto colon = text.rfind(':');
    const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
    if (!url || !has_port || text.find_first_of("/?#") != std::string::npos)
      return bad_options("A private host must be written as host:port or [address]:port, not " +
                         printable(text) + ".");
    guard.private_hosts_.push_back({url->host(), url->port()});
  }
  for (const std::string& text : options.private_blocks) {
    const auto block = AddressBlock::parse(text);
    if (!block)
      return bad_options(
          "A private block must be written as address/bits with no bit set behind "
          "them, not " +
          printable(text) + ".");
    guard.private_blocks_.push_back(*block);
  }
  return guard;
}

bool OutboundGuard::is_listed(std::string_view host, std::uint16_t port) const {
  return std::any_of(private_hosts_.begin(), private_hosts_.end(),
                     [&](const Peer& peer) { return peer.host == host && peer.port == port; });
}

bool OutboundGuard::in_private_blocks(const Address& address) const {
  return std::any_of(private_blocks_.begin(), private_blocks_.end(),
                     [&](const AddressBlock& block) { return block.contains(address); });
}

bool OutboundGuard::is_private_peer(const Url& url) const {
  const std::optional<Address>& address = url.address();
  return is_private_host(url) || (address && in_private_blocks(*address));
}

Result<> OutboundGuard::check_address(const Address& address, std::string_view host,
                                      std::uint16_t port) const {
  const bool configured = in_private_blocks(address);
  const bool metadata = in_any(address, kMetadataAddresses) || is_isatap(address);
  const bool listed = is_listed(host, port) && in_any(address, kOrdinaryPrivateBlocks);
  if (configured || (!metadata && (address.is_public() || listed))) return {};
  // Which address it was stays in the log: the answer would map the network for whoever asks.
  return Error(ErrorCode::kPermissionDenied, "client.address_refused",
               std::string(host) + " does not lead to a public address.")
      .with_detail(address.to_string());
}

Result<> OutboundGuard::check(const Url& url) const {
  if (!is_private_peer(url) && !url.is_https() && !allows_http_)
    return url_refused("Only https addresses can be fetched.");
  if (!is_listed(url.host(), url.port()) &&
      std::find(ports_.begin(), ports_.end(), url.port()) == ports_.end())
    return url_refused("Port " + std::to_string(url.port()) + " cannot be asked.");
  if (const auto& address = url.address()) return check_address(*address, url.host(), url.port());
  return {};
}

Result<> OutboundGuard::check_for_proxy(const Url& url) const {
  SOTTO_TRY(check(url));
  if (!url.address() && (url.host().find('.') == std::string::npos || in_local_domain(url.host())))
    return Error(ErrorCode::kPermissionDenied, "client.address_refused",
                 url.host() + " is a name of the local network.");
  return {};
}

Result<std::vector<Address>> OutboundGuard::resolve(const CallContext& context, Resolver& resolver,
                                                    const std::string& host,
                                                    std::uint16_t port) const {
  std::vector<Address> addresses;
  if (const auto literal = Address::parse(host)) {
    addresses.push_back(*literal);
  } else {
    SOTTO_ASSIGN(addresses, resolver.resolve(context, host));
  }
  // One bad address refuses the name: an answer that mixes them is somebody's attempt.
  for (const Address& address : addresses) SOTTO_TRY(check_address(address, host, port));
  if (addresses.empty())
    return Error(ErrorCode::kUnavailable, "client.name_unknown",
                 "The name " + host + " has no address.");
  return addresses;
}

}  // namespace sotto::http
