#include "agent/sources/gnmi/configuration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/gnmi/client.h"

namespace caspilink::gnmi {
namespace {

sources::NameRule read_rule(formats::YamlMap map) {
  sources::NameRule rule;
  const std::string text = map.text("pattern");
  if (!text.empty()) {
    if (auto pattern = sources::NamePattern::parse(text)) {
      rule.pattern = std::move(*pattern);
    } else {
      map.problem("pattern", pattern.error().detail);
    }
  }
  rule.fixed.fibre_pair = map.text_or("fibre_pair", "");
  rule.fixed.channel = static_cast<std::uint32_t>(map.integer_or("channel", 0, 1, 1'000'000));
  rule.fixed.element = map.text_or("element", "");
  constexpr auto kScopes =
      std::to_array({codec::Scope::kChannel, codec::Scope::kLine, codec::Scope::kAmplifier});
  if (!text.empty() &&
      std::ranges::none_of(kScopes, [&](codec::Scope scope) { return rule.serves(scope); })) {
    map.problem("pattern", fmt::format("'{}' with its fixed parts tells neither a channel "
                                       "(fibre_pair, channel), nor a line (fibre_pair), nor an "
                                       "amplifier (fibre_pair, element)",
                                       text));
  }
  return rule;
}

TargetTls read_tls(formats::YamlMap map) {
  TargetTls tls{.ca_file = map.text("ca_file"),
                .certificate_file = map.text_or("certificate_file", ""),
                .key_file = map.text_or("key_file", ""),
                .name = map.text_or("name", "")};
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    map.problem("certificate_file and key_file belong together");
  }
  return tls;
}

TargetConfiguration read_target(formats::YamlMap map) {
  TargetConfiguration target;
  target.name = map.text("name");
  const std::string address = map.text("address");
  if (!address.empty()) {
    if (auto parsed = endpoint::parse_address(address); parsed && parsed->port != 0) {
      target.address = *parsed;
    } else {
      map.problem("address", parsed ? "expected a port from 1" : parsed.error().detail);
    }
  }
  target.sample_interval_ns = std::llround(
      1e9 * map.number_or("sample_interval_s", 1, {.at_least = 0.01, .at_most = 3600}));
  if (map.has("encoding")) {
    const std::string encoding = map.choice("encoding", {"auto", "proto", "json_ietf", "json"});
    if (encoding == "proto") target.encoding = EncodingChoice::kProto;
    if (encoding == "json_ietf") target.encoding = EncodingChoice::kJsonIetf;
    if (encoding == "json") target.encoding = EncodingChoice::kJson;
  }
  target.no_light_at_or_below_dbm =
      map.number_or("no_light_at_or_below_dbm", -40, {.at_least = -100, .at_most = 0});
  if (auto tls = map.optional_map("tls")) target.tls = read_tls(*tls);
  for (const formats::YamlMap& rule : map.maps("components")) {
    target.components.push_back(read_rule(rule));
  }
  return target;
}

}  // namespace

std::vector<TargetConfiguration> read_targets(formats::YamlMap section) {
  std::vector<TargetConfiguration> targets;
  for (formats::YamlMap map : section.maps("targets")) {
    TargetConfiguration target = read_target(map);
    if (std::ranges::find(targets, target.name, &TargetConfiguration::name) != targets.end()) {
      map.problem("name", fmt::format("'{}' names another target already", target.name));
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

std::vector<sources::MakeSource> read_section(formats::YamlMap section) {
  std::vector<sources::MakeSource> makers;
  for (TargetConfiguration& target : read_targets(std::move(section))) {
    makers.emplace_back([target = std::move(target)](const sources::Context& context) {
      return make_client(target, context);
    });
  }
  return makers;
}

}  // namespace caspilink::gnmi
