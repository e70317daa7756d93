#include "agent/sources/gnmi/configuration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/gnmi/client.h"
#include "agent/sources/name_rule_reader.h"

namespace caspilink::gnmi {
namespace {

sources::NameRule read_rule(formats::YamlMap map) {
  sources::NameRule rule = sources::read_name_rule(map);
  const std::string text = map.text("pattern");
  if (map.has("side")) rule.launches = map.choice("side", {"receive", "transmit"}) == "transmit";
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
  TargetTls tls{.ca_file = map.file_name("ca_file"),
                .certificate_file = map.file_name_or("certificate_file", ""),
                .key_file = map.file_name_or("key_file", ""),
                .name = map.text_or("name", "")};
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    map.problem("certificate_file and key_file belong together");
  }
  return tls;
}

std::optional<Stream> read_stream(formats::YamlMap& map) {
  if (!map.has("stream")) return std::nullopt;
  const std::string stream = map.choice("stream", {"sample", "on_change", "target_defined"});
  if (stream == "on_change") return Stream::kOnChange;
  return stream == "target_defined" ? Stream::kTargetDefined : Stream::kSample;
}

std::optional<std::int64_t> read_interval(formats::YamlMap& map) {
  const auto seconds =
      map.optional_number("sample_interval_s", {.at_least = 0.01, .at_most = 3600});
  return seconds ? std::optional<std::int64_t>(std::llround(1e9 * *seconds)) : std::nullopt;
}

ChannelPlan read_plan(formats::YamlMap map) {
  return {
      .first_centre_mhz = 1e6 * map.number("first_centre_thz", {.at_least = 180, .at_most = 210}),
      .spacing_mhz = 1e3 * map.number("spacing_ghz", {.at_least = 3.125, .at_most = 1000}),
      .channels = static_cast<std::uint32_t>(map.integer("channels", 1, 10'000))};
}

LogicalChannels read_logical_channels(formats::YamlMap map) {
  return {
      .first_index = static_cast<std::uint64_t>(map.integer("first_index", 0, 4'294'967'295)),
      .count = static_cast<std::uint32_t>(map.integer_or("count", 1, 1, 10'000)),
      .fibre_pair = map.text("fibre_pair"),
      .first_channel = static_cast<std::uint32_t>(map.integer_or("first_channel", 1, 1, 10'000))};
}

// The keys' patterns and the fixed parts together must tell what the quantity's scope needs. With
// neither, the target's `components` read the path's first key.
void check_place(formats::YamlMap& map, const ConfiguredPath& path) {
  if (path.keys.empty() && path.fixed == sources::Place()) return;
  bool fibre_pair = !path.fixed.fibre_pair.empty();
  bool channel = path.fixed.channel != 0;
  bool element = !path.fixed.element.empty();
  for (const ConfiguredPath::Key& key : path.keys) {
    fibre_pair |= key.pattern.has_fibre_pair();
    channel |= key.pattern.has_channel();
    element |= key.pattern.has_element();
  }
  const codec::QuantityInfo& row = codec::info(path.quantity);
  if (!sources::makes_up(row.scope, fibre_pair, channel, element)) {
    map.problem("quantity", fmt::format("{} is told by {}, and by nothing else", row.name,
                                        sources::parts_of(row.scope)));
  }
}

std::optional<ConfiguredPath> read_path_entry(formats::YamlMap map,
                                              const std::vector<ConfiguredPath>& before) {
  ConfiguredPath path;
  const std::string text = map.text("path");
  path.origin = map.text_or("origin", "");
  const std::string name = map.text("quantity");
  const std::string unit = map.text_or("unit", "");
  const double factor = map.number_or("factor", 1);
  const double offset = map.number_or("offset", 0);
  path.fixed = sources::read_place(map);
  path.stream = read_stream(map);
  path.interval_ns = read_interval(map);
  for (formats::YamlMap key : map.optional_maps("keys")) {
    ConfiguredPath::Key each{.name = key.text("key"), .pattern = {}};
    auto pattern = sources::read_pattern(key);
    if (!pattern) continue;
    each.pattern = std::move(*pattern);
    path.keys.push_back(std::move(each));
  }
  if (text.empty() || name.empty()) return std::nullopt;
  if (factor == 0) map.problem("factor", "expected a number other than 0");
  const auto quantity = codec::quantity_from_name(name);
  if (!quantity) {
    map.problem("quantity", fmt::format("'{}' is no quantity", name));
    return std::nullopt;
  }
  path.quantity = *quantity;
  auto scale = sources::scale_from(unit, factor, offset, *quantity);
  if (!scale) {
    map.problem(map.has("unit") ? "unit" : "quantity", scale.error().detail);
    return std::nullopt;
  }
  path.scale = *scale;
  auto parsed = parse_path(text);
  if (!parsed) {
    map.problem("path", parsed.error().message());
    return std::nullopt;
  }
  path.path = std::move(*parsed);
  const auto& elements = path.path.elements;
  const auto unclear = [](const PathElement& element) {
    return element.name == "..." || (element.name == "*" && !element.keys.empty());
  };
  if (elements.empty() || elements.back().name == "*" || std::ranges::any_of(elements, unclear)) {
    map.problem("path", "expected a leaf's path, without '...' and without keys at a '*'");
    return std::nullopt;
  }
  std::vector<ConfiguredPath> together = before;
  together.push_back(path);
  if (auto good = Mapping::check(together); !good) {
    map.problem("path", good.error().message());
    return std::nullopt;
  }
  check_place(map, path);
  return path;
}

void read_login_section(formats::YamlMap map, TargetConfiguration& target) {
  target.login_file = map.file_name("file");
  if (!map.boolean_or("allow_plain_text", false) && !target.tls) {
    map.problem("file",
                "the password would travel in plain text: expected tls, or allow_plain_text: true");
  }
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
  target.sample_interval_ns = read_interval(map).value_or(1'000'000'000);
  if (map.has("mode")) {
    const std::string mode = map.choice("mode", {"stream", "once", "poll"});
    if (mode == "once") target.mode = Mode::kOnce;
    if (mode == "poll") target.mode = Mode::kPoll;
  }
  target.stream = read_stream(map).value_or(Stream::kSample);
  target.heartbeat_interval_ns = std::llround(
      1e9 * map.number_or("heartbeat_interval_s", 60, {.at_least = 0, .at_most = 86'400}));
  target.suppress_redundant = map.boolean_or("suppress_redundant", false);
  target.target = map.text_or("target", "");
  target.max_message_bytes =
      static_cast<std::size_t>(map.integer_or("max_message_megabytes", 4, 1, 64)) << 20;
  if (map.has("encoding")) {
    const std::string encoding = map.choice("encoding", {"auto", "proto", "json_ietf", "json"});
    if (encoding == "proto") target.encoding = EncodingChoice::kProto;
    if (encoding == "json_ietf") target.encoding = EncodingChoice::kJsonIetf;
    if (encoding == "json") target.encoding = EncodingChoice::kJson;
  }
  target.no_light_at_or_below_dbm =
      map.number_or("no_light_at_or_below_dbm", -40, {.at_least = -100, .at_most = 0});
  if (auto tls = map.optional_map("tls")) target.tls = read_tls(*tls);
  if (auto login = map.optional_map("login")) read_login_section(*login, target);
  if (auto plan = map.optional_map("channel_plan")) target.channel_plan = read_plan(*plan);
  for (const formats::YamlMap& channels : map.optional_maps("logical_channels")) {
    target.logical_channels.push_back(read_logical_channels(channels));
  }
  target.modules = map.boolean_or("modules", true);
  for (const formats::YamlMap& rule : map.optional_maps("components")) {
    target.components.push_back(read_rule(rule));
  }
  for (const formats::YamlMap& path : map.optional_maps("paths")) {
    if (auto read = read_path_entry(path, target.paths)) target.paths.push_back(std::move(*read));
  }
  if (target.components.empty() && target.paths.empty() && !map.has("paths") &&
      target.logical_channels.empty()) {
    map.problem("expected components, logical_channels or paths: nothing tells what to observe");
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
