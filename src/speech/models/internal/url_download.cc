#include "speech/models/internal/url_download.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <curl/curl.h>
#include <fcntl.h>
#include <memory>
#include <optional>

#include "base/text.h"
#include "platform/runtime/file.h"
#include "platform/runtime/system_error.h"

namespace sotto::models::internal {
namespace {

constexpr std::chrono::milliseconds kPollMax{100};  // How late a requested stop may be noticed.
constexpr long kConnectSeconds = 15;
constexpr long kStallSeconds = 30;      // A transfer slower than this many seconds ...
constexpr long kStallBytesASecond = 1;  // ... below this many bytes a second is dead.
constexpr long kRedirectsMax = 5;

struct EasyCloser {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct MultiCloser {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

Error source_failed(const std::string& url, std::string detail) {
  return Error(ErrorCode::kUnavailable, "models.source_failed", url + " could not be fetched.")
      .with_detail(std::move(detail));
}

Error too_large(const std::string& url) {
  return Error(ErrorCode::kTooLarge, "models.download_too_large",
               url + " gives more bytes than it should; the download was ended.");
}

/// What libcurl's callback writes to, and why it refused where it did.
struct Sink {
  int fd;
  std::string doing;
  const std::string& url;
  std::uint64_t bytes_max;
  std::uint64_t bytes = 0;
  std::optional<Error> failure;
};

std::size_t on_data(char* data, std::size_t item_size, std::size_t count, void* user) {
  Sink& sink = *static_cast<Sink*>(user);
  const std::size_t size = item_size * count;
  if (size > sink.bytes_max - sink.bytes) {
    sink.failure = too_large(sink.url);
    return 0;
  }
  if (auto written = runtime::write_all(sink.fd, {data, size}, sink.doing); !written) {
    sink.failure = std::move(written).error();
    return 0;
  }
  sink.bytes += size;
  return size;
}

/// False where this libcurl knows one of the options not: then nothing may be fetched, since they
/// are what keeps the transfer to https.
bool configure(CURL* easy, Sink& sink, const std::string& ca_file, char* error_text) {
  bool good = true;
  const auto set = [&](CURLoption option, auto value) {
    good = ::curl_easy_setopt(easy, option, value) == CURLE_OK && good;
  };
  set(CURLOPT_URL, sink.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kRedirectsMax);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesASecond);
  set(CURLOPT_USERAGENT, "sotto");
  set(CURLOPT_ERRORBUFFER, error_text);
  set(CURLOPT_WRITEFUNCTION, &on_data);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&sink));
  if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
  return good;
}

/// Drives the one transfer of `multi` to its end; its result code.
Result<CURLcode> run(const CallContext& context, CURLM* multi, const Sink& sink,
                     const Download& download) {
  for (;;) {
    SOTTO_TRY(context.check());
    int running = 0;
    if (::curl_multi_perform(multi, &running) != CURLM_OK)
      return source_failed(sink.url, "curl_multi_perform");
    if (download.on_bytes) download.on_bytes(sink.bytes);
    int left = 0;
    if (const CURLMsg* const message = ::curl_multi_info_read(multi, &left);
        message != nullptr && message->msg == CURLMSG_DONE)
      return message->data.result;
    if (running == 0) return source_failed(sink.url, "the transfer ended without a result");
    ::curl_multi_poll(multi, nullptr, 0, static_cast<int>(context.remaining(kPollMax).count()),
                      nullptr);
  }
}

}  // namespace

Result<> download_url(const CallContext& context, const std::string& url,
                      const std::filesystem::path& target, const Download& download,
                      const std::string& ca_file) {
  static const CURLcode kGlobal = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::string doing = "write " + printable(target.native());
  const runtime::UniqueFd fd(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) return runtime::system_error(errno, doing);
  Sink sink{.fd = fd.get(), .doing = doing, .url = url, .bytes_max = download.bytes_max};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  // In this order, so that the transfer ends before the handles that it uses.
  const std::unique_ptr<CURL, EasyCloser> easy(::curl_easy_init());
  const std::unique_ptr<CURLM, MultiCloser> multi(::curl_multi_init());
  if (kGlobal != CURLE_OK || !easy || !multi ||
      !configure(easy.get(), sink, ca_file, error_text.data()) ||
      ::curl_multi_add_handle(multi.get(), easy.get()) != CURLM_OK)
    return source_failed(url, "libcurl cannot be set up");
  const Result<CURLcode> code = run(context, multi.get(), sink, download);
  ::curl_multi_remove_handle(multi.get(), easy.get());
  if (!code) return code.error();
  if (sink.failure) return *sink.failure;
  if (*code != CURLE_OK) {
    const std::string_view text(error_text.data());
    return source_failed(url, printable(text.empty() ? ::curl_easy_strerror(*code) : text));
  }
  return {};
}

}  // namespace sotto::models::internal
