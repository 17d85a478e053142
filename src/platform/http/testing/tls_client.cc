#include "platform/http/testing/tls_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <chrono>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "platform/http/testing/raw_client.h"

namespace sotto::http {
namespace {

constexpr timeval kWait{.tv_sec = 20, .tv_usec = 0};

runtime::UniqueFd connect_to(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  EXPECT_EQ(1, ::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr));
  runtime::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kWait, sizeof(kWait));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kWait, sizeof(kWait));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  EXPECT_EQ(0, ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                         sizeof(address)));  // NOLINT
  return socket;
}

internal::SslContextPtr make_context(const TlsClientOptions& options) {
  internal::SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (options.version_min != 0) {
    SSL_CTX_set_security_level(context.get(), 0);  // Old versions are asked for on purpose.
    SSL_CTX_set_min_proto_version(context.get(), options.version_min);
  }
  if (options.version_max != 0) SSL_CTX_set_max_proto_version(context.get(), options.version_max);
  if (options.ca_file.empty()) return context;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  EXPECT_EQ(1, SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()));
  return context;
}

}  // namespace

TlsClient::TlsClient(const Endpoint& endpoint, const TlsClientOptions& options)
    : socket_(connect_to(endpoint)),
      context_(make_context(options)),
      end_(SSL_new(context_.get())) {
  X509_VERIFY_PARAM* verify = SSL_get0_param(end_.get());
  X509_VERIFY_PARAM_set_time(
      verify,
      std::chrono::duration_cast<std::chrono::seconds>(options.now.time_since_epoch()).count());
  if (Address::parse(options.name))
    X509_VERIFY_PARAM_set1_ip_asc(verify, options.name.c_str());
  else
    X509_VERIFY_PARAM_set1_host(verify, options.name.c_str(), options.name.size());
  if (!options.alpn.empty())
    SSL_set_alpn_protos(end_.get(),
                        reinterpret_cast<const unsigned char*>(options.alpn.data()),  // NOLINT
                        static_cast<unsigned>(options.alpn.size()));
  if (options.resume != nullptr) SSL_set_session(end_.get(), options.resume);
  SSL_set_fd(end_.get(), socket_.get());
  connected_ = SSL_connect(end_.get()) == 1;
  if (!connected_) failure_ = internal::openssl_failure();
}

bool TlsClient::send(std::string_view bytes) {
  std::size_t sent = 0;
  return SSL_write_ex(end_.get(), bytes.data(), bytes.size(), &sent) == 1 && sent == bytes.size();
}

bool TlsClient::fill() {
  if (ended_) return false;
  std::array<char, 16384> bytes{};
  ERR_clear_error();
  const int got = SSL_read(end_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (got <= 0) {
    ended_ = SSL_get_error(end_.get(), got) == SSL_ERROR_ZERO_RETURN;
    return false;
  }
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::string TlsClient::receive() {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  const std::string length = field_of_answer(buffer_, "Content-Length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  size += end + 4;
  while (buffer_.size() < size)
    if (!fill()) break;
  std::string answer = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::string TlsClient::exchange(std::string_view request) {
  send(request);
  return receive();
}

bool TlsClient::is_ended() {
  while (buffer_.empty() && fill()) {
  }
  return buffer_.empty() && ended_;
}

std::string TlsClient::fingerprint() const {
  const internal::X509Ptr certificate(SSL_get1_peer_certificate(end_.get()));
  return certificate ? internal::fingerprint_of(*certificate) : std::string();
}

}  // namespace sotto::http
