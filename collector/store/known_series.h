// What a follower of the store has made of series, by agent, boot and number, so that it asks once
// for each. Boots come for as long as a collector runs: of those that were not read for longest
// nothing is remembered once there are too many, or too many series of all of them.
//
// Not synchronised; one owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace caspilink::store {

template <typename Meaning>
class KnownSeries {
 public:
  // One boot's, for as long as no other is turned to.
  class OfBoot {
   public:
    // What is remembered of a series, else what `make()` says, which is remembered from now on.
    // Until the next call.
    template <typename Make>
    const Meaning& get(std::uint32_t number, const Make& make) {
      if (number >= meanings_.size()) meanings_.resize(number + std::size_t{1});
      auto& meaning = meanings_[number];
      if (!meaning) meaning = make();
      return *meaning;
    }

   private:
    friend class KnownSeries;
    std::vector<std::optional<Meaning>> meanings_;
    std::uint64_t turned_to_ = 0;
    std::size_t counted_ = 0;
  };

  explicit KnownSeries(std::size_t most_boots = 256, std::size_t most_series = 1'000'000)
      : most_boots_(most_boots), most_series_(most_series) {}

  // The bounds may be passed by this one boot, whose numbers whoever admits agents bounds.
  [[nodiscard]] OfBoot& turn_to(const std::string& agent, std::uint64_t boot) {
    OfBoot& turned_to = boots_[{agent, boot}];
    turned_to.turned_to_ = ++turns_;
    if (&turned_to == last_) return turned_to;
    if (last_ != nullptr) {
      series_ += last_->meanings_.size() - last_->counted_;
      last_->counted_ = last_->meanings_.size();
    }
    last_ = &turned_to;
    while (boots_.size() > 1 && (boots_.size() > most_boots_ || series_ > most_series_)) {
      const auto oldest = std::ranges::min_element(
          boots_, {}, [](const auto& entry) { return entry.second.turned_to_; });
      series_ -= oldest->second.counted_;
      boots_.erase(oldest);
    }
    return turned_to;
  }

  // Numbers there is room for: what all of it costs.
  [[nodiscard]] std::size_t series() const {
    std::size_t all = 0;
    for (const auto& [key, boot] : boots_) all += boot.meanings_.size();
    return all;
  }

 private:
  const std::size_t most_boots_;
  const std::size_t most_series_;
  std::uint64_t turns_ = 0;
  std::map<std::pair<std::string, std::uint64_t>, OfBoot> boots_;
  OfBoot* last_ = nullptr;
  std::size_t series_ = 0;  // of all, as far as they were counted
};

}  // namespace caspilink::store
