#include "agent/sources/snmp/configuration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/name_rule_reader.h"
#include "agent/sources/snmp/entity_sensor.h"
#include "agent/sources/snmp/net_snmp_session.h"
#include "agent/sources/snmp/poller.h"
#include "agent/sources/snmp/power_feed.h"

namespace caspilink::snmp {
namespace {

constexpr std::uint16_t kSnmpPort = 161;

std::optional<Oid> read_oid(formats::YamlMap& map, std::string_view key) {
  const std::string text = map.text(key);
  if (text.empty()) return std::nullopt;
  auto oid = parse_oid(text);
  if (!oid) {
    map.problem(key, oid.error().detail);
    return std::nullopt;
  }
  return std::move(*oid);
}

// "192.0.2.1", "[2001:db8::1]" and names mean port 161.
endpoint::Address read_address(formats::YamlMap& map) {
  const std::string text = map.text("address");
  if (text.empty()) return {};
  if (auto address = endpoint::parse_address(text)) {
    if (address->port == 0) map.problem("address", "expected a port from 1");
    return *address;
  }
  auto address = endpoint::parse_address(fmt::format("{}:{}", text, kSnmpPort));
  if (!address) {
    map.problem("address", address.error().detail);
    return {};
  }
  return *address;
}

std::optional<codec::Quantity> read_quantity(formats::YamlMap& map) {
  const std::string name = map.text("quantity");
  if (name.empty()) return std::nullopt;
  const auto quantity = codec::quantity_from_name(name);
  if (!quantity) map.problem("quantity", fmt::format("'{}' is no quantity", name));
  return quantity;
}

std::optional<Meaning> read_meaning(formats::YamlMap& map) {
  const auto quantity = read_quantity(map);
  const std::string unit = map.text_or("unit", "");
  const double factor = map.number_or("factor", 1);
  const double offset = map.number_or("offset", 0);
  Meaning meaning;
  meaning.difference = map.boolean_or("difference", false);
  meaning.no_value = map.optional_number("no_value");
  if (factor == 0) map.problem("factor", "expected a number other than 0");
  if (!quantity) return std::nullopt;
  meaning.quantity = *quantity;
  auto scale = sources::scale_from(unit, factor, offset, *quantity);
  if (!scale) {
    map.problem(map.has("unit") ? "unit" : "quantity", scale.error().detail);
    return std::nullopt;
  }
  meaning.scale = *scale;
  return meaning;
}

std::string told_by(codec::Quantity quantity) {
  const codec::QuantityInfo& row = codec::info(quantity);
  return fmt::format("{} is told by {}, and by nothing else", row.name,
                     sources::parts_of(row.scope));
}

std::optional<Point> read_point(formats::YamlMap map) {
  auto oid = read_oid(map, "oid");
  auto meaning = read_meaning(map);
  Point point{.oid = {}, .meaning = {}, .place = sources::read_place(map)};
  if (!meaning) return std::nullopt;
  const auto& place = point.place;
  if (!sources::makes_up(codec::info(meaning->quantity).scope, !place.fibre_pair.empty(),
                         place.channel != 0, !place.element.empty())) {
    map.problem("quantity", told_by(meaning->quantity));
  }
  if (!oid) return std::nullopt;
  point.oid = std::move(*oid);
  point.meaning = *meaning;
  return point;
}

// Every column needs a name that can tell its place, and every name a column that it serves.
void check_names(formats::YamlMap& map, const Table& table) {
  for (const Column& column : table.columns) {
    const auto scope = codec::info(column.meaning.quantity).scope;
    if (std::ranges::none_of(table.names, [&](const auto& rule) { return rule.serves(scope); })) {
      map.problem("names",
                  fmt::format("no pattern here tells it: {}", told_by(column.meaning.quantity)));
    }
  }
}

std::optional<Column> read_column(formats::YamlMap map, std::optional<Oid> oid) {
  auto meaning = read_meaning(map);
  if (!oid || !meaning) return std::nullopt;
  return Column{std::move(*oid), *meaning};
}

Table read_table(formats::YamlMap map) {
  Table table;
  if (map.has("name_column")) table.name_column = read_oid(map, "name_column");
  for (formats::YamlMap& each : map.maps("names"))
    table.names.push_back(sources::read_name_rule(each));
  for (formats::YamlMap& each : map.maps("columns")) {
    auto oid = read_oid(each, "oid");
    if (auto column = read_column(each, std::move(oid))) {
      table.columns.push_back(std::move(*column));
    }
  }
  check_names(map, table);
  return table;
}

Sensors read_sensors(formats::YamlMap& target) {
  Sensors sensors{.name_column = entity_sensor::kPhysicalName, .rules = {}};
  if (target.has("sensors_named_by") &&
      target.choice("sensors_named_by", {"name", "description"}) == "description") {
    sensors.name_column = entity_sensor::kPhysicalDescription;
  }
  for (formats::YamlMap& map : target.maps("sensors")) {
    Sensors::Rule rule{.name = sources::read_name_rule(map), .quantity = {}};
    const auto quantity = read_quantity(map);
    if (!quantity) continue;
    rule.quantity = *quantity;
    if (!rule.name.serves(codec::info(*quantity).scope)) {
      map.problem("pattern", told_by(*quantity));
    }
    sensors.rules.push_back(std::move(rule));
  }
  return sensors;
}

// The assumed table, of which any part may be told otherwise.
Table read_power_feed(std::optional<formats::YamlMap> map) {
  Table table = power_feed::table(power_feed::kAssumedEntry);
  if (!map) return table;
  const Oid entry =
      map->has("entry") ? read_oid(*map, "entry").value_or(Oid{}) : power_feed::kAssumedEntry;
  table = power_feed::table(entry);
  if (map->has("name_column")) {
    table.name_column =
        entry.with(static_cast<std::uint32_t>(map->integer("name_column", 1, 4'294'967'295)));
  }
  if (map->has("names")) {
    table.names.clear();
    for (formats::YamlMap& each : map->maps("names"))
      table.names.push_back(sources::read_name_rule(each));
  }
  if (map->has("columns")) {
    table.columns.clear();
    for (formats::YamlMap& each : map->maps("columns")) {
      const auto number = static_cast<std::uint32_t>(each.integer("column", 1, 4'294'967'295));
      if (auto column = read_column(each, entry.with(number))) {
        table.columns.push_back(std::move(*column));
      }
    }
  }
  check_names(*map, table);
  return table;
}

User read_user(formats::YamlMap& map) {
  User user{.name = map.text("user")};
  if (user.name.size() > 32) map.problem("user", "expected at most 32 characters (RFC 3414)");
  const bool privacy = map.choice("security", {"authNoPriv", "authPriv"}) == "authPriv";
  if (map.has("authentication")) {
    user.sha256 = map.choice("authentication", {"SHA", "SHA-256"}) == "SHA-256";
  }
  user.authentication_file = map.file_name("authentication_file");
  if (map.has("privacy")) (void)map.choice("privacy", {"AES"});
  if (privacy) {
    user.privacy_file = map.file_name("privacy_file");
  } else if (map.has("privacy_file") || map.has("privacy")) {
    (void)map.file_name_or("privacy_file", "");
    map.problem(map.has("privacy_file") ? "privacy_file" : "privacy",
                "expected security: authPriv, or nothing here");
  }
  user.context = map.text_or("context", "");
  return user;
}

TargetConfiguration read_target(formats::YamlMap map) {
  TargetConfiguration target{.name = map.text("name"), .address = read_address(map)};
  const std::string version = map.choice("version", {"v2c", "v3"});
  if (version == "v3") {
    target.user = read_user(map);
  } else if (version == "v2c") {
    target.community_file = map.file_name("community_file");
  }
  target.interval_ns =
      std::llround(1e9 * map.number_or("interval_s", 5, {.at_least = 0.1, .at_most = 3600}));
  target.timeout_ns =
      std::llround(1e6 * map.number_or("timeout_ms", 2000, {.at_least = 10, .at_most = 60'000}));
  target.retries = static_cast<int>(map.integer_or("retries", 1, 0, 10));
  target.max_repetitions = static_cast<int>(map.integer_or("max_repetitions", 25, 1, 1000));
  target.max_rows = static_cast<std::size_t>(map.integer_or("max_rows", 4096, 1, 65'536));
  target.no_light_at_or_below_dbm =
      map.number_or("no_light_at_or_below_dbm", -40, {.at_least = -100, .at_most = 0});
  for (const formats::YamlMap& each : map.optional_maps("points")) {
    if (auto point = read_point(each)) target.points.push_back(std::move(*point));
  }
  for (const formats::YamlMap& each : map.optional_maps("tables")) {
    target.tables.push_back(read_table(each));
  }
  const std::string profile =
      map.has("profile") ? map.choice("profile", {"entity-sensor", "power-feed"}) : "";
  if (profile == "entity-sensor") target.sensors = read_sensors(map);
  if (profile == "power-feed") {
    target.tables.push_back(read_power_feed(map.optional_map("power_feed")));
  }
  if (profile.empty() && !map.has("points") && !map.has("tables")) {
    map.problem("expected points, tables or a profile: nothing tells what to observe");
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
    makers.emplace_back([target = std::move(target)](const sources::Context& context)
                            -> Result<std::unique_ptr<sources::Source>> {
      auto session = [&io = context.io, target] { return make_net_snmp_session(io, target); };
      return make_poller(target, std::move(session), context);
    });
  }
  return makers;
}

}  // namespace caspilink::snmp
