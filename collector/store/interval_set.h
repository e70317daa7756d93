// A set of whole numbers kept as disjoint intervals: what has been seen of a sequence. Sequences
// arrive nearly in order, so a handful of intervals stands for millions of numbers.
//
// Not synchronised; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace caspilink::store {

class IntervalSet {
 public:
  // False where the number was in the set already.
  bool insert(std::uint64_t number) { return insert(number, number); }

  // Inserts first..last inclusive; false where all of it was there. Requires first <= last.
  bool insert(std::uint64_t first, std::uint64_t last);

  // Takes first..last inclusive out again. Requires first <= last.
  void erase(std::uint64_t first, std::uint64_t last);

  [[nodiscard]] bool contains(std::uint64_t number) const;
  // Whether any of first..last is in the set.
  [[nodiscard]] bool overlaps(std::uint64_t first, std::uint64_t last) const;

  // Number of disjoint, non-adjacent intervals: the memory the set costs.
  [[nodiscard]] std::size_t intervals() const { return last_of_.size(); }
  [[nodiscard]] bool empty() const { return last_of_.empty(); }

  // First to last number of each interval, ascending.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& ranges() const { return last_of_; }

  friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

 private:
  std::map<std::uint64_t, std::uint64_t> last_of_;
};

}  // namespace caspilink::store
