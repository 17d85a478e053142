#include "platform/http/testing/raw_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "platform/http/types.h"

namespace sotto::http {
namespace {

constexpr int kWaitMs = 10'000;

runtime::UniqueFd connect_to(const Endpoint& endpoint) {
  if (!endpoint.unix_path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, endpoint.unix_path.data(), endpoint.unix_path.size());
    runtime::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(0, ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                           sizeof(address)));  // NOLINT
    return socket;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  EXPECT_EQ(1, ::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr));
  runtime::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(0, ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                         sizeof(address)));  // NOLINT
  return socket;
}

}  // namespace

RawClient::RawClient(const Endpoint& endpoint) : socket_(connect_to(endpoint)) {}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  if (ended_) return false;
  pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, kWaitMs) <= 0) return false;
  std::array<char, 65536> bytes{};
  const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::receive(bool head) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  std::size_t size = end + 4;
  const std::string length = field_of_answer(buffer_, "Content-Length");
  if (!head && !length.empty()) {
    std::size_t count = 0;
    std::from_chars(length.data(), length.data() + length.size(), count);
    size += count;
  }
  while (buffer_.size() < size)
    if (!fill()) break;
  std::string answer = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::string RawClient::receive_bytes(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return bytes;
}

std::string RawClient::receive_until(std::string_view mark) {
  std::size_t at = std::string::npos;
  while ((at = buffer_.find(mark)) == std::string::npos && fill()) {
  }
  return receive_bytes(at == std::string::npos ? buffer_.size() : at + mark.size());
}

std::string RawClient::receive_all() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::is_closed() {
  while (buffer_.empty() && fill()) {
  }
  return buffer_.empty() && ended_;
}

void RawClient::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

std::string RawClient::exchange(const Endpoint& endpoint, std::string_view request) {
  RawClient client(endpoint);
  client.send(request);
  return client.receive();
}

int status_of_answer(std::string_view answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  int status = 0;
  if (answer.starts_with(kVersion))
    std::from_chars(answer.data() + kVersion.size(), answer.data() + answer.size(), status);
  return status;
}

std::string field_of_answer(std::string_view answer, std::string_view name) {
  const std::string_view head = answer.substr(0, answer.find("\r\n\r\n"));
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos) {
    const auto next = head.find("\r\n", at + 2);
    const std::string_view line =
        head.substr(at + 2, next == std::string_view::npos ? next : next - at - 2);
    const auto colon = line.find(':');
    if (equals_ignoring_case(line.substr(0, colon), name) && colon != std::string_view::npos)
      return std::string(trim(line.substr(colon + 1)));
    at = next;
  }
  return {};
}

std::string body_of_answer(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

}  // namespace sotto::http
