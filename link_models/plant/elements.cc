#include "link_models/plant/elements.h"

#include <array>

namespace caspilink::plant {

const std::string& name_of(const Element& element) {
  return std::visit([](const auto& e) -> const std::string& { return e.name; }, element);
}

std::string_view kind_of(const Element& element) {
  static constexpr std::array<std::string_view, std::variant_size_v<Element>> kKinds = {
      "span",        "repeater",     "in-line amplifier", "ropa",    "raman",
      "raman pumps", "preamplifier", "demultiplexer",     "booster", "roadm"};
  return kKinds[element.index()];
}

}  // namespace caspilink::plant
