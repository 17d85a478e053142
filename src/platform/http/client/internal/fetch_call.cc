#include "platform/http/client/internal/fetch_call.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "platform/http/client/internal/pause.h"

namespace sotto::http::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What goes along to another origin: nothing that could be a secret.
constexpr std::array<std::string_view, 3> kHarmlessFields{"accept", "accept-language", "range"};

Error redirect_refused(std::string message) {
  return Error(ErrorCode::kPermissionDenied, "client.redirect_refused", std::move(message));
}

bool is_harmless(std::string_view name) {
  return std::any_of(kHarmlessFields.begin(), kHarmlessFields.end(),
                     [&](std::string_view each) { return equals_ignoring_case(each, name); });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// RFC 9110 §9.2.2, or a key that makes the server do it once (Idempotency-Key).
bool may_repeat(const TransferPlan& plan) {
  if (plan.method != Method::kPost && plan.method != Method::kPatch) return true;
  return std::any_of(plan.fields.begin(), plan.fields.end(), [](const auto& field) {
    return equals_ignoring_case(field.first, "Idempotency-Key");
  });
}

/// Gives the handles back however the exchange ends.
struct Lease {
  CurlPool& pool;
  CurlHandles handles;
  bool reusable = false;

  Lease(CurlPool& owner, CurlHandles given) : pool(owner), handles(std::move(given)) {}
  ~Lease() { pool.give_back(std::move(handles), reusable); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
};

}  // namespace

FetchCall::FetchCall(ClientState& client, const CallContext& context, const FetchRequest& request,
                     Url url)
    : client_(client),
      context_(context.sooner(time_after(request.limits.total_timeout))),
      request_(request) {
  plan_.method = request.method;
  plan_.url = std::move(url);
  plan_.fields = request.fields;
  plan_.body = request.body;
  plan_.upload = request.upload;
  plan_.has_body = request.upload != nullptr || !request.body.empty() ||
                   request.method == Method::kPost || request.method == Method::kPut ||
                   request.method == Method::kPatch;
  plan_.user_agent = client.options.user_agent;
  plan_.ca_file = client.options.ca_file;
  plan_.decompress = request.decompress;
  plan_.limits = request.limits;
  plan_.on_head = [this](const FetchHead& head) { return decide(head); };
  plan_.on_body = [this](std::string_view data) -> Result<> {
    if (request_.on_body) return request_.on_body(data);
    answer_.body += data;
    return {};
  };
}

Result<FetchAnswer> FetchCall::run() {
  for (;;) {
    next_url_.reset();
    delay_.reset();
    Result<FetchHead> head = exchange();
    if (!head) {
      const std::string& reason = head.error().reason();
      if (reason == "client.connect_failed" || reason == "client.name_unknown")
        delay_ = delay_before_next({});
      if (!delay_) return std::move(head).error();
    }
    if (head && next_url_) {
      SOTTO_TRY(follow(*next_url_, head->status));
    } else if (delay_) {
      SOTTO_TRY(pause(context_, *delay_));
      ++answer_.attempts;
    } else {
      answer_.head = std::move(*head);
      answer_.url = plan_.url.to_string();
      return std::move(answer_);
    }
  }
}

Result<FetchHead> FetchCall::exchange() {
  SOTTO_TRY(context_.check());
  plan_.connect_deadline =
      std::min(context_.deadline(), time_after(request_.limits.connect_timeout));
  SOTTO_TRY(find_peer());
  const std::string peer = plan_.url.origin() + (plan_.proxy.empty() ? "" : " by proxy");
  SOTTO_ASSIGN(CurlHandles handles, client_.pool.take(peer));
  Lease lease{client_.pool, std::move(handles)};
  CurlTransfer transfer(context_, lease.handles, plan_);
  auto head = transfer.run();
  lease.reusable = transfer.is_reusable();
  return head;
}

Result<> FetchCall::find_peer() {
  const bool direct = !client_.proxy || client_.guard.is_private_peer(plan_.url);
  const Url& peer = direct ? plan_.url : *client_.proxy;
  // With its port always, since libcurl's default for proxies is another one.
  plan_.proxy = direct ? "" : peer.origin();
  if (!direct && peer.port() == 80) plan_.proxy += ":80";
  plan_.peer_host = peer.host();
  plan_.peer_port = peer.port();
  SOTTO_TRY(direct ? client_.guard.check(plan_.url) : client_.guard.check_for_proxy(plan_.url));
  auto found = resolve(peer, direct);
  if (!found) {
    SOTTO_TRY(context_.check());
    if (found.error().code() == ErrorCode::kDeadlineExceeded)
      return Error(ErrorCode::kUnavailable, "client.connect_failed",
                   peer.host() + " cannot be reached.")
          .with_detail("looking the name up took too long");
    return std::move(found).error();
  }
  plan_.addresses = std::move(*found);
  return {};
}

Result<std::vector<Address>> FetchCall::resolve(const Url& peer, bool direct) {
  const CallContext soon = context_.sooner(plan_.connect_deadline);
  if (direct) return client_.guard.resolve(soon, client_.parts.resolver, peer.host(), peer.port());
  if (const auto& address = peer.address()) return std::vector<Address>{*address};
  return client_.parts.resolver.resolve(soon, peer.host());
}

Result<bool> FetchCall::decide(const FetchHead& head) {
  const auto location = head.field("Location");
  if (is_redirect(head.status) && location && request_.limits.redirects_max > 0) {
    if (redirects_ >= request_.limits.redirects_max)
      return Error(ErrorCode::kUnavailable, "client.too_many_redirects",
                   plan_.url.host() + " redirects more than " +
                       std::to_string(request_.limits.redirects_max) + " times.");
    for (const auto& [name, value] : head.fields)
      if (equals_ignoring_case(name, "Location") && value != *location)
        return redirect_refused(plan_.url.host() + " redirects to two places at once.");
    SOTTO_ASSIGN(next_url_, plan_.url.resolve(*location));
    return false;
  }
  if (head.status == 429 || head.status == 503) {
    delay_ = delay_before_next(head.field("Retry-After").value_or(""));
    if (delay_) return false;
  }
  if (request_.on_head) SOTTO_TRY(request_.on_head(head));
  return true;
}

std::optional<milliseconds> FetchCall::delay_before_next(std::string_view retry_after) {
  const RetryPolicy& policy = request_.retry;
  if (!may_repeat(plan_) || answer_.attempts >= policy.attempts_max) return std::nullopt;
  milliseconds delay = backoff(policy, answer_.attempts, client_.parts.random);
  if (const auto asked = parse_retry_after(retry_after, client_.parts.clock.now())) {
    if (*asked > policy.retry_after_max) return std::nullopt;
    delay = std::max(delay, *asked);
  }
  if (steady_clock::now() + delay >= context_.deadline()) return std::nullopt;
  return delay;
}

Result<> FetchCall::follow(const Url& url, int status) {
  ++redirects_;
  if (plan_.url.is_https() && !url.is_https())
    return redirect_refused(plan_.url.host() + " redirects from https to http.");
  const Method method = plan_.method;
  if ((status == 303 && method != Method::kHead) ||
      ((status == 301 || status == 302) && method == Method::kPost)) {
    plan_.method = Method::kGet;
    plan_.has_body = false;
    plan_.body = {};
    plan_.upload = nullptr;
    std::erase_if(plan_.fields, [](const auto& field) {
      return field.first.size() > 8 &&
             equals_ignoring_case(std::string_view(field.first).substr(0, 8), "content-");
    });
  }
  if (url.origin() != plan_.url.origin()) {
    if (client_.guard.is_private_host(url))
      return redirect_refused(plan_.url.host() + " redirects into a private network.");
    if (!plan_.body.empty() || plan_.upload != nullptr)
      return redirect_refused(plan_.url.host() +
                              " redirects to another server, which would get the body too.");
    std::erase_if(plan_.fields, [](const auto& field) { return !is_harmless(field.first); });
  }
  plan_.url = url;
  return {};
}

}  // namespace sotto::http::internal
