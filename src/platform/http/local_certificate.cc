#include "platform/http/local_certificate.h"

#include <algorithm>
#include <array>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <openssl/err.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "platform/http/internal/key_file.h"
#include "platform/http/internal/local_ca.h"
#include "platform/http/types.h"
#include "platform/runtime/atomic_file.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::http {
namespace {

using internal::KeyedCertificate;
using internal::SubjectNames;

constexpr std::chrono::hours kDue{60 * 24};  // Before its end: leaves time for a restart.
constexpr std::size_t kNamesMax = 100;       // Clients refuse certificates of absurd size.
constexpr std::size_t kHostNameMax = 256;

bool is_due(X509& certificate, WallTime now) {
  return now + kDue > internal::wall_time_of(X509_get0_notAfter(&certificate)) ||
         now < internal::wall_time_of(X509_get0_notBefore(&certificate));
}

Result<> make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  const bool made = std::filesystem::create_directories(folder, failure);
  if (!failure && made)
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);
  if (failure)
    return runtime::system_error(failure.value(), "make the folder " + printable(folder.native()));
  return {};
}

/// The text of a file of keys; nothing where there is none yet.
Result<std::optional<Secret>> read_existing(const std::filesystem::path& path) {
  auto text = internal::read_key_file(path);
  if (!text && text.error().code() == ErrorCode::kNotFound) return std::optional<Secret>();
  if (!text) return std::move(text).error();
  return std::optional<Secret>(std::move(*text));
}

Result<> store(const std::filesystem::path& path, const KeyedCertificate& made) {
  SOTTO_ASSIGN(const Secret pem, made.to_pem());
  return internal::write_key_file(path, pem.reveal());
}

Result<KeyedCertificate> ensure_ca(const std::filesystem::path& path, const SubjectNames& subject,
                                   WallTime now, bool& made_ca) {
  SOTTO_ASSIGN(const auto text, read_existing(path));
  if (text) {
    auto read = internal::read_keyed_certificate(text->reveal());
    if (!read)
      return Error(ErrorCode::kDataLoss, "http.tls_local_broken",
                   "The CA in " + printable(path.native()) +
                       " is damaged. Restore it from a backup, or remove it: then a new one is "
                       "made, which every device must install again.");
    if (!is_due(*read->certificate, now)) return std::move(*read);
  }
  SOTTO_ASSIGN(KeyedCertificate ca, internal::make_ca(subject, now));
  SOTTO_TRY(store(path, ca));
  made_ca = true;
  return ca;
}

/// Whether a certificate that is there still does: ours, in time, and for all names.
bool still_serves(X509& certificate, X509& ca, const SubjectNames& subject, WallTime now) {
  EVP_PKEY* signer = X509_get0_pubkey(&ca);
  const bool is_ours = X509_verify(&certificate, signer) == 1;
  ERR_clear_error();
  if (!is_ours || is_due(certificate, now)) return false;
  const std::vector<std::string> present = internal::names_of(certificate);
  const auto has = [&present](const std::string& name) {
    return std::find(present.begin(), present.end(), name) != present.end();
  };
  return std::all_of(subject.names.begin(), subject.names.end(), has) &&
         std::all_of(subject.addresses.begin(), subject.addresses.end(),
                     [&has](const Address& address) { return has(address.to_string()); });
}

Result<> ensure_server(const std::filesystem::path& path, const KeyedCertificate& ca,
                       const SubjectNames& subject, WallTime now, bool& made_certificate) {
  SOTTO_ASSIGN(const auto text, read_existing(path));
  if (text) {
    const auto read = internal::read_keyed_certificate(text->reveal());
    if (read && still_serves(*read->certificate, *ca.certificate, subject, now)) return {};
  }
  SOTTO_ASSIGN(const KeyedCertificate made, internal::make_server_certificate(ca, subject, now));
  made_certificate = true;
  return store(path, made);
}

/// The CA without its key, for devices; what is there already is left alone.
Result<> publish(const std::filesystem::path& path, const std::string& pem) {
  const auto there = runtime::read_file(path, internal::kPemMax);
  if (there && *there == pem) return {};
  SOTTO_ASSIGN(auto file, runtime::AtomicFile::create(path));
  SOTTO_TRY(file->write(pem));
  return file->commit();
}

SubjectNames subject_of(const LocalCertificateOptions& options,
                        std::vector<std::string>& left_out) {
  SubjectNames subject;
  for (const std::string& name : options.names) {
    if (internal::can_be_constraint(name) && subject.names.size() < kNamesMax)
      subject.names.push_back(name);
    else
      left_out.push_back(name);
  }
  for (const Address& address : options.addresses)
    if (subject.addresses.size() < kNamesMax) subject.addresses.push_back(address);
  return subject;
}

/// Takes out what the CA may not sign for: clients would refuse the whole certificate for it.
void keep_to_constraints(X509& ca, SubjectNames& subject, std::vector<std::string>& left_out) {
  std::erase_if(subject.names, [&](const std::string& name) {
    if (internal::may_sign_for(ca, name)) return false;
    left_out.push_back(name);
    return true;
  });
  std::erase_if(subject.addresses, [&](const Address& address) {
    if (internal::may_sign_for(ca, address)) return false;
    left_out.push_back(address.to_string());
    return true;
  });
}

}  // namespace

Result<LocalCertificate> ensure_local_certificate(const LocalCertificateOptions& options,
                                                  WallTime now) {
  SOTTO_TRY(make_folder(options.folder));
  const std::filesystem::path server = options.folder / "server.pem";
  LocalCertificate result{.files = {.certificate = server, .key = server},
                          .ca_file = options.folder / "ca.crt"};
  SubjectNames subject = subject_of(options, result.left_out);
  SOTTO_ASSIGN(const KeyedCertificate ca,
               ensure_ca(options.folder / "ca.pem", subject, now, result.made_ca));
  keep_to_constraints(*ca.certificate, subject, result.left_out);
  SOTTO_TRY(ensure_server(server, ca, subject, now, result.made_certificate));
  SOTTO_ASSIGN(result.ca_pem, internal::certificate_pem(*ca.certificate));
  SOTTO_TRY(publish(result.ca_file, result.ca_pem));
  result.ca_fingerprint = internal::fingerprint_of(*ca.certificate);
  return result;
}

std::vector<std::string> machine_names() {
  std::vector<std::string> names{"localhost"};
  std::array<char, kHostNameMax> text{};
  if (::gethostname(text.data(), text.size() - 1) != 0) return names;
  std::string name = text.data();
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!internal::is_dns_name(name) || name == "localhost") return names;
  if (internal::can_be_constraint(name)) names.push_back(name);
  if (!name.ends_with(".local")) names.push_back(name.substr(0, name.find('.')) + ".local");
  return names;
}

std::vector<Address> machine_addresses() {
  std::vector<Address> addresses;
  for (const char* loopback : {"127.0.0.1", "::1"})
    if (const auto address = Address::parse(loopback)) addresses.push_back(*address);
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(found, &::freeifaddrs);
  // Nobody types an address with a zone into a browser.
  const auto link_local = AddressBlock::parse("fe80::/10");
  for (const ifaddrs* entry = found; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    const Address address = Address::of(entry->ifa_addr);
    const bool is_known = std::find(addresses.begin(), addresses.end(), address) != addresses.end();
    if (address.is_nil() || is_known || (link_local && link_local->contains(address))) continue;
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace sotto::http
