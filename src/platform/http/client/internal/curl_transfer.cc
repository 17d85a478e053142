#include "platform/http/client/internal/curl_transfer.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <stop_token>
#include <sys/socket.h>

#include "base/check.h"
#include "base/text.h"

namespace sotto::http::internal {
namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollMax{1'000};  // A stop wakes the poll; this is for clocks alone.
constexpr std::int64_t kConnectMaxMs = 24L * 3600 * 1000;
constexpr std::uint64_t kDiscardMax = 65'536;  // Reading more costs more than a new connection.

Error too_large(std::string message) {
  return Error(ErrorCode::kTooLarge, "client.answer_too_large", std::move(message));
}

Error bad_answer(const std::string& host, std::string detail) {
  return Error(ErrorCode::kDataLoss, "client.bad_answer",
               host + " gave an answer that is not HTTP or is damaged.")
      .with_detail(std::move(detail));
}

/// What an allocation that failed inside libcurl is to our caller.
Error no_room(std::string detail) {
  return Error(ErrorCode::kOverloaded, "client.too_many_calls",
               "There is no room for another call to other servers.")
      .with_detail(std::move(detail));
}

}  // namespace

CurlTransfer::CurlTransfer(const CallContext& context, const CurlHandles& handles,
                           const TransferPlan& plan)
    : context_(context), handles_(handles), plan_(plan) {}

CurlTransfer::~CurlTransfer() {
  ::curl_multi_remove_handle(handles_.multi.get(), handles_.easy.get());
  // Nothing of the kept handle may point into this object. The connection stays.
  ::curl_easy_reset(handles_.easy.get());
}

bool CurlTransfer::append(List& list, const std::string& text) {
  curl_slist* const longer = ::curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) return false;
  (void)list.release();  // Part of `longer` now.
  list.reset(longer);
  return true;
}

template <typename Value>
void CurlTransfer::set(CURLoption option, Value value) {
  configured_ = ::curl_easy_setopt(handles_.easy.get(), option, value) == CURLE_OK && configured_;
}

/// False where this libcurl does not know an option: then nothing may be fetched, since they are
/// what keeps the transfer within its bounds.
bool CurlTransfer::configure() {
  set(CURLOPT_URL, plan_.url.to_string().c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, plan_.user_agent.c_str());
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &on_data);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  if (plan_.decompress) set(CURLOPT_ACCEPT_ENCODING, "");  // All that it can undo.
  configure_connection();
  configure_body();
  // Without this, large bodies would wait a second for a 100 that few servers send.
  configured_ = append(fields_, "Expect:") && configured_;
  for (const auto& [name, value] : plan_.fields) {
    std::string line = name;
    line += trim(value).empty() ? ";" : ": " + value;  // How libcurl wants an empty one written.
    configured_ = append(fields_, line) && configured_;
  }
  set(CURLOPT_HTTPHEADER, fields_.get());
  return configured_;
}

void CurlTransfer::configure_connection() {
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!plan_.ca_file.empty()) {
    set(CURLOPT_CAINFO, plan_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));  // Else the system's are trusted too.
  }
  set(CURLOPT_PROXY, plan_.proxy.c_str());  // "" keeps the environment's out.
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // First net: libcurl finds the answer of the name server where it would look for one. Second
  // net: whatever it believes, sockets open to the checked addresses alone.
  std::string pin;
  for (const Address& address : plan_.addresses) {
    pin += pin.empty() ? "" : ",";
    pin += address.is_ipv4() ? address.to_string() : "[" + address.to_string() + "]";
  }
  if (!Address::parse(plan_.peer_host)) {
    pin = plan_.peer_host + ":" + std::to_string(plan_.peer_port) + ":" + pin;
    configured_ = append(pins_, pin) && configured_;
    set(CURLOPT_RESOLVE, pins_.get());
  }
  set(CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  const auto left = ceil<milliseconds>(plan_.connect_deadline - steady_clock::now());
  // 0 would be libcurl's own default, and what is above 32 bits something else.
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::clamp<std::int64_t>(left.count(), 1, kConnectMaxMs)));
}

void CurlTransfer::configure_body() {
  const std::string method(to_string(plan_.method));
  if (plan_.method == Method::kHead) {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (plan_.has_body) {
    const std::uint64_t size = plan_.upload != nullptr ? plan_.upload->size() : plan_.body.size();
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    set(CURLOPT_READFUNCTION, &on_upload);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKFUNCTION, &on_seek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(this));
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

Result<FetchHead> CurlTransfer::run() {
  ::curl_easy_reset(handles_.easy.get());
  if (!configure()) return SOTTO_BUG("libcurl refused an option");
  if (::curl_multi_add_handle(handles_.multi.get(), handles_.easy.get()) != CURLM_OK)
    return no_room("curl_multi_add_handle");
  active_ = steady_clock::now();
  const Result<CURLcode> code = drive();
  if (thrown_) std::rethrow_exception(thrown_);
  if (failure_) return *std::move(failure_);
  if (!code) return code.error();
  if (cut_) return std::move(head_);
  if (*code != CURLE_OK) return describe(*code);
  if (!head_done_) return describe(CURLE_PARTIAL_FILE);
  reusable_ = true;
  return std::move(head_);
}

Result<CURLcode> CurlTransfer::drive() {
  CURLM* const multi = handles_.multi.get();
  const std::stop_callback wake(context_.stop(), [multi] { ::curl_multi_wakeup(multi); });
  for (;;) {
    SOTTO_TRY(context_.check());
    int running = 0;
    if (::curl_multi_perform(multi, &running) != CURLM_OK) return no_room("perform");
    int left = 0;
    if (const CURLMsg* const message = ::curl_multi_info_read(multi, &left);
        message != nullptr && message->msg == CURLMSG_DONE)
      return message->data.result;
    if (running == 0) return SOTTO_BUG("a transfer ended without a result");
    const auto idle = ceil<milliseconds>(steady_clock::now() - active_);
    if (idle >= plan_.limits.idle_timeout)
      return Error(ErrorCode::kDeadlineExceeded, "client.timed_out",
                   plan_.url.host() + " sent or took nothing for " +
                       std::to_string(plan_.limits.idle_timeout.count()) + " ms.");
    const auto wait =
        context_.remaining(std::min(kPollMax, plan_.limits.idle_timeout - idle)).count();
    ::curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait), nullptr);
  }
}

Error CurlTransfer::describe(CURLcode code) const {
  const std::string_view text(static_cast<const char*>(error_text_));
  std::string detail = printable(text.empty() ? ::curl_easy_strerror(code) : text);
  const std::string& host = plan_.url.host();
  if (address_refused_)
    return Error(ErrorCode::kPermissionDenied, "client.address_refused",
                 host + " does not lead to a public address.")
        .with_detail("the library tried an address that was not checked");
  Error unreachable =
      Error(ErrorCode::kUnavailable, "client.connect_failed", host + " cannot be reached.")
          .with_detail(detail);
  long proxy_status = 0;  // Of its answer to CONNECT; 0 where there was none.
  ::curl_easy_getinfo(handles_.easy.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status >= 300) return unreachable;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // libcurl is told the time to connect alone.
      return unreachable;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return Error(ErrorCode::kUnavailable, "client.tls_failed",
                   "No secure connection to " + host + " could be made.")
          .with_detail(std::move(detail));
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SEND_FAIL_REWIND:
      return Error(ErrorCode::kUnavailable, "client.connection_lost",
                   "The connection to " + host + " ended before its answer did.")
          .with_detail(std::move(detail));
    case CURLE_OUT_OF_MEMORY:
      // How libcurl reports a header line above its own bound of 100 KB.
      if (!head_done_) return too_large("A header line of " + host + " is too long.");
      return no_room(std::move(detail));
    default:
      return bad_answer(host, std::move(detail));
  }
}

template <typename Work>
bool CurlTransfer::guarded(Work work) {
  if (failure_ || thrown_) return false;
  try {
    Result<> done = work();
    if (!done) failure_ = std::move(done).error();
  } catch (...) {
    thrown_ = std::current_exception();
  }
  active_ = steady_clock::now();
  return !failure_ && !thrown_ && !cut_;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t item_size, std::size_t count,
                                    void* self) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t size = item_size * count;
  return transfer.guarded([&] { return transfer.take_header({data, size}); }) ? size : 0;
}

std::size_t CurlTransfer::on_data(char* data, std::size_t item_size, std::size_t count,
                                  void* self) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t size = item_size * count;
  const bool taken = transfer.guarded([&] { return transfer.take_data({data, size}); });
  // Any number but the size ends the transfer; 0 would not do so for an empty piece.
  return taken ? size : size + 1;
}

std::size_t CurlTransfer::on_upload(char* into, std::size_t item_size, std::size_t count,
                                    void* self) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  std::size_t filled = 0;
  const bool good = transfer.guarded([&]() -> Result<> {
    const std::size_t room = item_size * count;
    if (transfer.plan_.upload == nullptr) {
      filled = transfer.plan_.body.copy(into, room, transfer.sent_);
    } else {
      const auto space = std::as_writable_bytes(std::span(into, room));
      SOTTO_ASSIGN(filled, transfer.plan_.upload->read(transfer.context_, transfer.sent_, space));
    }
    transfer.sent_ += filled;
    return {};
  });
  return good ? filled : CURL_READFUNC_ABORT;
}

/// libcurl sends a body again where a kept connection turned out to be closed.
int CurlTransfer::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<CurlTransfer*>(self)->sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

curl_socket_t CurlTransfer::on_socket(void* self, curlsocktype /*purpose*/,
                                      curl_sockaddr* address) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  const auto& allowed = transfer.plan_.addresses;
  if (std::find(allowed.begin(), allowed.end(), Address::of(&address->addr)) == allowed.end()) {
    transfer.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Result<> CurlTransfer::take_header(std::string_view line) {
  const FetchLimits& limits = plan_.limits;
  head_size_ += line.size();
  ++head_lines_;
  if (head_size_ > limits.head_max || head_lines_ > limits.fields_max + 2)  // Status and blank.
    return too_large("The head of the answer of " + plan_.url.host() + " is larger than " +
                     std::to_string(limits.head_max) + " bytes or " +
                     std::to_string(limits.fields_max) + " fields.");
  if (head_done_) return {};  // A trailer, which nobody asks for.
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return finish_head();
  if (line.starts_with("HTTP/")) {
    head_ = FetchHead{};
    const std::string_view code = line.substr(std::min(line.find(' ') + 1, line.size()));
    for (const char digit : code.substr(0, 3)) {
      if (digit < '0' || digit > '9') return bad_answer(plan_.url.host(), "no status");
      head_.status = head_.status * 10 + (digit - '0');
    }
    return {};
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return bad_answer(plan_.url.host(), "a malformed field");
  head_.fields.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  return {};
}

Result<> CurlTransfer::finish_head() {
  if (head_.status < 200) return {};  // 100 and 103 announce what follows.
  head_done_ = true;
  std::optional<std::string_view> length;
  for (const auto& [name, value] : head_.fields) {
    if (!equals_ignoring_case(name, "Content-Length")) continue;
    if (length && *length != value) return bad_answer(plan_.url.host(), "two lengths");
    length = value;
  }
  SOTTO_ASSIGN(const bool delivers, plan_.on_head(head_));
  discards_ = !delivers;
  // Where the length says it already, nothing of the body is taken first.
  curl_off_t announced = -1;
  if (delivers && plan_.method != Method::kHead &&
      ::curl_easy_getinfo(handles_.easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) ==
          CURLE_OK &&
      announced > 0 && static_cast<std::uint64_t>(announced) > plan_.limits.body_max)
    return too_large("The answer of " + plan_.url.host() + " is larger than " +
                     std::to_string(plan_.limits.body_max) + " bytes.");
  return {};
}

Result<> CurlTransfer::take_data(std::string_view data) {
  body_size_ += data.size();
  if (discards_) {
    cut_ = body_size_ > kDiscardMax;
    return {};
  }
  if (body_size_ > plan_.limits.body_max)
    return too_large("The answer of " + plan_.url.host() + " is larger than " +
                     std::to_string(plan_.limits.body_max) + " bytes.");
  return plan_.on_body(data);
}

}  // namespace sotto::http::internal
