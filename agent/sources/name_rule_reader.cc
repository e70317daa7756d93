#include "agent/sources/name_rule_reader.h"

#include <string>
#include <utility>

namespace caspilink::sources {

Place read_place(formats::YamlMap& map) {
  return {.fibre_pair = map.text_or("fibre_pair", ""),
          .channel = static_cast<std::uint32_t>(map.integer_or("channel", 0, 1, 1'000'000)),
          .element = map.text_or("element", "")};
}

std::optional<NamePattern> read_pattern(formats::YamlMap& map) {
  const std::string text = map.text("pattern");
  if (text.empty()) return std::nullopt;
  auto pattern = NamePattern::parse(text);
  if (pattern) return std::move(*pattern);
  map.problem("pattern", pattern.error().detail);
  return std::nullopt;
}

NameRule read_name_rule(formats::YamlMap& map) {
  NameRule rule;
  if (auto pattern = read_pattern(map)) rule.pattern = std::move(*pattern);
  rule.fixed = read_place(map);
  return rule;
}

}  // namespace caspilink::sources
