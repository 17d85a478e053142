#include "platform/http/forwarded.h"

#include <algorithm>
#include <cstddef>
#include <ranges>

namespace sotto::http {
namespace {

constexpr std::size_t kHopsMax = 20;  // More proxies in a row do not exist.

struct Hop {
  std::optional<Address> address;
  bool secure = false;
};

/// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80" with or without quotes.
std::optional<Address> parse_node(std::string_view node) {
  if (node.size() >= 2 && node.front() == '"' && node.back() == '"')
    node = node.substr(1, node.size() - 2);
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return Address::parse(node.substr(1, end - 1));
  }
  const auto colon = node.find(':');
  if (colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos)
    node = node.substr(0, colon);  // A port; more colons are an IPv6 address.
  return Address::parse(node);
}

/// One element of Forwarded: "for=192.0.2.1;proto=https".
Hop parse_element(std::string_view element) {
  Hop hop;
  while (!element.empty()) {
    const auto semicolon = element.find(';');
    const std::string_view pair = trim(element.substr(0, semicolon));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) {
      const std::string_view name = pair.substr(0, equals);
      const std::string_view value = pair.substr(equals + 1);
      if (equals_ignoring_case(name, "for")) hop.address = parse_node(value);
      if (equals_ignoring_case(name, "proto")) hop.secure = equals_ignoring_case(value, "https");
    }
    if (semicolon == std::string_view::npos) break;
    element.remove_prefix(semicolon + 1);
  }
  return hop;
}

bool is_trusted(const Address& address, const std::vector<AddressBlock>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const AddressBlock& block) { return block.contains(address); });
}

/// The hops in the order of the headers, farthest first; nothing for too many.
std::vector<Hop> read_hops(const std::vector<Field>& fields, std::string_view name, bool standard) {
  std::vector<Hop> hops;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    for_each_token(field.value, [&](std::string_view element) {
      hops.push_back(standard ? parse_element(element) : Hop{.address = parse_node(element)});
    });
  }
  if (hops.size() > kHopsMax) hops.clear();
  return hops;
}

}  // namespace

std::optional<ForwardedClient> forwarded_client(const Address& peer,
                                                const std::vector<Field>& fields,
                                                const std::vector<AddressBlock>& trusted) {
  if (!is_trusted(peer, trusted)) return std::nullopt;
  const bool standard = find_field(fields, "Forwarded").has_value();
  const bool common = find_field(fields, "X-Forwarded-For").has_value();
  if (standard == common) return std::nullopt;
  const std::vector<Hop> hops =
      read_hops(fields, standard ? "Forwarded" : "X-Forwarded-For", standard);
  ForwardedClient client;
  bool found = false;
  for (const Hop& hop : std::ranges::reverse_view(hops)) {
    if (!hop.address) return std::nullopt;
    client = {.address = *hop.address, .secure = hop.secure};
    found = true;
    if (!is_trusted(client.address, trusted)) break;
  }
  if (!found) return std::nullopt;
  if (common) {
    const auto proto = find_field(fields, "X-Forwarded-Proto");
    client.secure = proto && equals_ignoring_case(*proto, "https");
  }
  return client;
}

}  // namespace sotto::http
