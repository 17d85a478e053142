#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "speech/asr/types.h"

namespace sotto::asr::internal {

/// Who is next: the highest priority that waits, then the fairness keys in turn, then first come,
/// first served. A plain value without lock or limit; its owner has both.
template <typename T>
class FairQueue {
 public:
  std::size_t size() const { return size_; }

  void push(Priority priority, const std::string& key, T item) {
    auto& lanes = lanes_[static_cast<std::size_t>(priority)];
    auto lane = std::find_if(lanes.begin(), lanes.end(),
                             [&](const Lane& candidate) { return candidate.key == key; });
    if (lane == lanes.end()) lane = lanes.insert(lanes.end(), Lane{key, {}});
    lane->items.push_back(std::move(item));
    ++size_;
  }

  std::optional<T> pop() {
    for (auto& lanes : lanes_) {
      if (lanes.empty()) continue;
      T item = std::move(lanes.front().items.front());
      lanes.front().items.pop_front();
      --size_;
      // The key that was served goes to the end of the row.
      if (lanes.front().items.empty()) {
        lanes.pop_front();
      } else {
        lanes.splice(lanes.end(), lanes, lanes.begin());
      }
      return item;
    }
    return std::nullopt;
  }

  /// Takes `item` out, wherever it stands; false where it is not here any more.
  bool remove(const T& item) {
    for (auto& lanes : lanes_) {
      for (auto lane = lanes.begin(); lane != lanes.end(); ++lane) {
        const auto found = std::find(lane->items.begin(), lane->items.end(), item);
        if (found == lane->items.end()) continue;
        lane->items.erase(found);
        if (lane->items.empty()) lanes.erase(lane);
        --size_;
        return true;
      }
    }
    return false;
  }

 private:
  struct Lane {
    std::string key;
    std::deque<T> items;
  };

  std::array<std::list<Lane>, kPriorityCount> lanes_;
  std::size_t size_ = 0;
};

}  // namespace sotto::asr::internal
