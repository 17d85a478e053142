#include "platform/http/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <span>

namespace sotto::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

/// What is not the public internet: the IANA special-purpose registries (RFC 6890 and its updates).
constexpr std::array kSpecialBlocks{
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};
/// IPv6 that is public: global unicast without the blocks below.
constexpr std::string_view kGlobalUnicast = "2000::/3";
constexpr std::array kSpecialIpv6Blocks{
    "2001::/23",      // Protocol assignments, Teredo among them.
    "2001:db8::/32",  // Documentation.
    "2002::/16",      // 6to4 carries an IPv4 address.
    "3fff::/20",      // Documentation (RFC 9637).
};

bool in_any(const Address& address, std::span<const char* const> blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const char* text) {
    const auto block = AddressBlock::parse(text);
    return block && block->contains(address);
  });
}

}  // namespace

Address Address::of(const sockaddr* address) {
  Address result;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof(v4));
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), result.bytes_.begin());
    std::memcpy(result.bytes_.data() + kMappedPrefix.size(), &v4.sin_addr, sizeof(v4.sin_addr));
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof(v6));
    std::memcpy(result.bytes_.data(), &v6.sin6_addr, sizeof(v6.sin6_addr));
  }
  return result;
}

Address Address::of_bytes(std::span<const std::uint8_t> bytes) {
  Address result;
  if (bytes.size() == result.bytes_.size()) {
    std::copy(bytes.begin(), bytes.end(), result.bytes_.begin());
  } else if (bytes.size() == sizeof(in_addr)) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), result.bytes_.begin());
    std::copy(bytes.begin(), bytes.end(), result.bytes_.begin() + kMappedPrefix.size());
  }
  return result;
}

std::optional<Address> Address::parse(std::string_view text) {
  const std::string terminated(text.substr(0, INET6_ADDRSTRLEN));
  if (terminated.size() != text.size() || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  Address result;
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), result.bytes_.begin());
    std::memcpy(result.bytes_.data() + kMappedPrefix.size(), &v4, sizeof(v4));
    return result;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), result.bytes_.data()) == 1) return result;
  return std::nullopt;
}

bool Address::is_ipv4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_ipv4();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? kMappedPrefix.size() : 0), text.data(),
            static_cast<socklen_t>(text.size()));
  return text.data();
}

bool Address::is_loopback() const {
  if (is_ipv4()) return bytes_[kMappedPrefix.size()] == 127;
  const bool zeros =
      std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; });
  return zeros && bytes_.back() <= 1;  // ::1, and nil for a Unix socket.
}

Address Address::network() const {
  constexpr std::size_t kNetworkBytes = 8;
  if (is_ipv4() || is_loopback()) return *this;
  Address network;
  std::copy_n(bytes_.begin(), kNetworkBytes, network.bytes_.begin());
  return network;
}

bool Address::is_public() const {
  if (is_ipv4()) return !in_any(*this, kSpecialBlocks);
  const auto global = AddressBlock::parse(kGlobalUnicast);
  return global && global->contains(*this) && !in_any(*this, kSpecialIpv6Blocks);
}

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  int prefix = 128;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size() ||
        prefix < 0)
      return std::nullopt;
    if (base->is_ipv4() && text.find(':') == std::string_view::npos) prefix += kMappedBits;
    if (prefix > 128) return std::nullopt;
  }
  for (int bit = prefix; bit < 128; ++bit) {
    const auto byte = base->bytes()[static_cast<std::size_t>(bit / 8)];
    if ((byte >> (7 - bit % 8)) & 1) return std::nullopt;
  }
  return AddressBlock(*base, prefix);
}

bool AddressBlock::contains(const Address& address) const {
  const auto whole = static_cast<std::ptrdiff_t>(prefix_ / 8);
  if (!std::equal(base_.bytes().begin(), base_.bytes().begin() + whole, address.bytes().begin()))
    return false;
  const int rest = prefix_ % 8;
  if (rest == 0) return true;
  const auto index = static_cast<std::size_t>(whole);
  return (base_.bytes()[index] ^ address.bytes()[index]) >> (8 - rest) == 0;
}

}  // namespace sotto::http
