// "/a/b[name=c]/d" to a gNMI path, for tests.
#pragma once

#include <string>
#include <string_view>

#include "proto/gnmi.pb.h"

namespace caspilink::simulator::testing {

inline gnmi::Path path_of(std::string_view text) {
  gnmi::Path path;
  if (text == "/") return path;
  while (!text.empty()) {
    text.remove_prefix(1);
    // A slash within brackets belongs to a key.
    std::size_t end = 0;
    for (bool in_key = false; end < text.size() && (in_key || text[end] != '/'); ++end) {
      if (text[end] == '[') in_key = true;
      if (text[end] == ']') in_key = false;
    }
    std::string_view step = text.substr(0, end);
    text.remove_prefix(end);
    auto* elem = path.add_elem();
    elem->set_name(std::string(step.substr(0, step.find('['))));
    while (step.find('[') != step.npos) {
      step.remove_prefix(step.find('[') + 1);
      const auto key = step.substr(0, step.find('='));
      const auto value = step.substr(key.size() + 1, step.find(']') - key.size() - 1);
      (*elem->mutable_key())[std::string(key)] = std::string(value);
    }
  }
  return path;
}

}  // namespace caspilink::simulator::testing
