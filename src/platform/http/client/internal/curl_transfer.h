#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <curl/curl.h>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "platform/http/address.h"
#include "platform/http/client/http_client.h"
#include "platform/http/client/internal/curl_pool.h"
#include "platform/http/client/url.h"

namespace sotto::http::internal {

/// One exchange: a request, checked and with its addresses pinned, and what becomes of the answer.
struct TransferPlan {
  Method method = Method::kGet;
  Url url;
  /// Whom to connect to: the host of the URL or the proxy.
  std::string peer_host;
  std::uint16_t peer_port = 0;
  std::vector<Address> addresses;
  std::string proxy;  ///< Empty: none.
  std::string user_agent;
  std::string ca_file;
  std::vector<std::pair<std::string, std::string>> fields;
  bool has_body = false;
  std::string_view body;
  ByteView* upload = nullptr;
  bool decompress = true;
  FetchLimits limits;
  CallContext::TimePoint connect_deadline;
  /// Sees the final head; true delivers the body, false throws it away.
  std::function<Result<bool>(const FetchHead&)> on_head;
  std::function<Result<>(std::string_view)> on_body;
};

/// Runs one exchange on the caller's thread. `context`, `handles` and `plan` outlive it.
class CurlTransfer {
 public:
  CurlTransfer(const CallContext& context, const CurlHandles& handles, const TransferPlan& plan);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  Result<FetchHead> run();
  /// False once the connection cannot serve another exchange.
  bool is_reusable() const { return reusable_; }

 private:
  struct ListFreer {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListFreer>;

  static bool append(List& list, const std::string& text);
  template <typename Value>
  void set(CURLoption option, Value value);
  bool configure();
  void configure_connection();
  void configure_body();
  Result<CURLcode> drive();
  Error describe(CURLcode code) const;

  /// Runs what a callback does; a failure or exception is kept for run(), since neither can pass
  /// through libcurl.
  template <typename Work>
  bool guarded(Work work);
  static std::size_t on_header(char* data, std::size_t item_size, std::size_t count, void* self);
  static std::size_t on_data(char* data, std::size_t item_size, std::size_t count, void* self);
  static std::size_t on_upload(char* into, std::size_t item_size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  Result<> take_header(std::string_view line);
  Result<> finish_head();
  Result<> take_data(std::string_view data);

  const CallContext& context_;
  const CurlHandles& handles_;
  const TransferPlan& plan_;
  List fields_;
  List pins_;
  char error_text_[CURL_ERROR_SIZE] = {};
  bool configured_ = true;

  FetchHead head_;
  std::size_t head_size_ = 0;  // Of all heads so far, those of 1xx answers among them.
  std::size_t head_lines_ = 0;
  bool head_done_ = false;
  bool discards_ = false;         // The body is thrown away ...
  bool cut_ = false;              // ... and was too long to be worth that.
  std::uint64_t body_size_ = 0;   // Of the answer.
  std::uint64_t sent_ = 0;        // Of the request's body.
  bool address_refused_ = false;  // The second net caught something.
  bool reusable_ = false;
  std::chrono::steady_clock::time_point active_;  // When a byte last went either way.
  std::optional<Error> failure_;
  std::exception_ptr thrown_;
};

}  // namespace sotto::http::internal
