#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "platform/http/client/http_client.h"
#include "platform/http/client/url.h"

namespace sotto::http {

/// Answers by URL as told, one answer after the other; the last one stays. A URL that it does not
/// know cannot be reached. It keeps what it was asked, and to redirects and pauses it does nothing.
/// Any thread.
class FakeHttpClient final : public HttpClient {
 public:
  struct Asked {
    Method method = Method::kGet;
    std::string url;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
  };

  void answer(const std::string& url, FetchHead head, std::string body) {
    const MutexLock lock(mutex_);
    answers_[Url::parse(url).value().to_string()].push_back({std::move(head), std::move(body)});
  }

  Result<FetchAnswer> fetch(const CallContext& context, const FetchRequest& request) override {
    SOTTO_TRY(context.check());
    SOTTO_ASSIGN(const Url url, Url::parse(request.url));
    FetchAnswer answer;
    std::string body;
    {
      const MutexLock lock(mutex_);
      asked_.push_back({request.method, url.to_string(), request.fields, request.body});
      auto& answers = answers_[url.to_string()];
      if (answers.empty())
        return Error(ErrorCode::kUnavailable, "client.connect_failed",
                     url.host() + " cannot be reached.");
      answer.head = answers.front().head;
      body = answers.front().body;
      if (answers.size() > 1) answers.pop_front();
    }
    answer.url = url.to_string();
    if (request.on_head) SOTTO_TRY(request.on_head(answer.head));
    if (request.method == Method::kHead) return answer;
    if (body.size() > request.limits.body_max)
      return Error(ErrorCode::kTooLarge, "client.answer_too_large", "The answer is too large.");
    if (!request.on_body) {
      answer.body = std::move(body);
      return answer;
    }
    // In two pieces, so that nobody comes to rely on one.
    for (const std::string& piece : {body.substr(0, body.size() / 2), body.substr(body.size() / 2)})
      if (!piece.empty()) SOTTO_TRY(request.on_body(piece));
    return answer;
  }

  std::vector<Asked> asked() {
    const MutexLock lock(mutex_);
    return asked_;
  }

 private:
  struct Prepared {
    FetchHead head;
    std::string body;
  };
  Mutex mutex_;
  std::map<std::string, std::deque<Prepared>> answers_ SOTTO_GUARDED_BY(mutex_);
  std::vector<Asked> asked_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::http
