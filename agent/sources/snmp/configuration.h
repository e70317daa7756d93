// The `snmp` section of agent.yaml. agent/README.md shows every key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sources/name_pattern.h"
#include "agent/sources/snmp/oid.h"
#include "agent/sources/source.h"
#include "agent/sources/unit.h"
#include "link_models/formats/yaml.h"
#include "proto/endpoint/address.h"

namespace caspilink::snmp {

// What a value of the equipment means.
struct Meaning {
  codec::Quantity quantity{};
  sources::Scale scale;
  bool difference = false;         // of a counter, from one poll to the next
  std::optional<double> no_value;  // as sent: the equipment's way of saying that it has none
};

struct Point {
  Oid oid;
  Meaning meaning;
  sources::Place place;
};

struct Column {
  Oid oid;
  Meaning meaning;
};

// Columns whose rows are told by the text of a name column, or by their index where there is none.
struct Table {
  std::optional<Oid> name_column;
  std::vector<sources::NameRule> names;  // the first that fits counts
  std::vector<Column> columns;
};

// ENTITY-SENSOR-MIB: the first rule that fits a sensor's name says what it measures, and where.
struct Sensors {
  struct Rule {
    sources::NameRule name;
    codec::Quantity quantity{};
  };
  Oid name_column;
  std::vector<Rule> rules;
};

// SNMPv3's user-based security (RFC 3414, RFC 3826, RFC 7860).
struct User {
  std::string name;
  bool sha256 = true;               // else SHA
  std::string authentication_file;  // passphrases, 8 to 255 characters
  std::string privacy_file;         // AES-128; empty: authNoPriv
  std::string context;
};

struct TargetConfiguration {
  std::string name;
  endpoint::Address address;
  std::string community_file;  // of v2c
  std::optional<User> user;    // of v3
  std::int64_t interval_ns = 0;
  std::int64_t timeout_ns = 0;  // of one attempt
  int retries = 0;
  int max_repetitions = 0;
  std::size_t max_rows = 0;  // of one column
  double no_light_at_or_below_dbm = 0;
  std::vector<Point> points;
  std::vector<Table> tables;
  std::optional<Sensors> sensors;
};

[[nodiscard]] std::vector<TargetConfiguration> read_targets(formats::YamlMap section);

// For the registry.
[[nodiscard]] std::vector<sources::MakeSource> read_section(formats::YamlMap section);

}  // namespace caspilink::snmp
