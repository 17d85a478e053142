#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace sotto::http {

/// An IP address, IPv4 as its IPv4-mapped IPv6 form, so that both compare and hash alike. The nil
/// address stands for a Unix socket's peer.
class Address {
 public:
  Address() = default;

  /// Out of an IPv4 or IPv6 socket address; nil for any other family.
  static Address of(const sockaddr* address);
  /// Out of its 4 or 16 bytes in network order; nil for any other count.
  static Address of_bytes(std::span<const std::uint8_t> bytes);
  /// Dotted IPv4 in its four-part form or IPv6, without brackets, zone or port.
  static std::optional<Address> parse(std::string_view text);

  std::string to_string() const;
  bool is_ipv4() const;
  bool is_nil() const { return *this == Address(); }
  /// 127.0.0.0/8, ::1, or a Unix socket.
  bool is_loopback() const;
  /// Can be reached from the public internet: not private, loopback, link-local, shared, multicast,
  /// documentation, benchmark or reserved space, nor an IPv6 form that carries such an IPv4 address
  /// (IANA special-purpose registries of RFC 6890; NAT64, 6to4 and Teredo are refused whole).
  bool is_public() const;

  /// What counts as one client: an IPv6 network of 64 bits, since who has one of its addresses has
  /// 2^64; otherwise (IPv4, loopback) the address itself.
  Address network() const;

  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const Address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A block of addresses, "10.0.0.0/8" or "2001:db8::/32"; a single address is a block of one.
class AddressBlock {
 public:
  /// Nothing for text that is neither, or where bits beyond the prefix are set.
  static std::optional<AddressBlock> parse(std::string_view text);
  bool contains(const Address& address) const;

 private:
  AddressBlock(Address base, int prefix) : base_(base), prefix_(prefix) {}

  Address base_;
  int prefix_ = 128;  // Bits, of the IPv6 form.
};

}  // namespace sotto::http
