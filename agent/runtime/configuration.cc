#include "agent/runtime/configuration.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "agent/sources/registry.h"
#include "link_models/formats/yaml.h"

namespace caspilink::runtime {
namespace {

using formats::YamlMap;

endpoint::Address read_address(YamlMap& map, const char* key, const endpoint::Address* fallback) {
  if (fallback != nullptr && !map.has(key)) return *fallback;
  const std::string text = map.text(key);
  if (text.empty()) return {};
  auto address = endpoint::parse_address(text);
  if (!address) {
    map.problem(key, address.error().detail);
    return {};
  }
  return *address;
}

spool::Bounds read_spool(YamlMap map) {
  spool::Bounds bounds;
  bounds.max_bytes = static_cast<std::uint64_t>(
      1e6 * map.number_or("max_megabytes", 4096, {.at_least = 1, .at_most = 1e7}));
  bounds.max_age_ns = std::llround(
      3.6e12 * map.number_or("max_age_h", 100, {.at_least = 0.01, .at_most = 100'000}));
  bounds.max_memory_bytes = static_cast<std::uint64_t>(
      1e6 * map.number_or("memory_megabytes", 16, {.at_least = 1, .at_most = 10'000}));
  if (map.has("keep")) {
    bounds.keep = map.choice("keep", {"oldest", "newest"}) == "oldest" ? spool::Keep::kOldest
                                                                       : spool::Keep::kNewest;
  }
  return bounds;
}

}  // namespace

Result<Configuration> load_configuration(const std::string& path) {
  auto file = formats::YamlFile::load(path);
  if (!file) return tl::unexpected(file.error());
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const auto resolve = [&](const std::string& name) {
    return name.empty() ? name : (folder / name).string();
  };

  YamlMap root = file->root();
  Configuration configuration;
  configuration.station = root.text("station");
  configuration.state_dir = resolve(root.text("state_dir"));
  if (root.has("log_level")) {
    configuration.log_level =
        root.choice("log_level", {"trace", "debug", "info", "warning", "error"});
  }
  if (auto http = root.optional_map("http")) {
    configuration.http = read_address(*http, "listen", &configuration.http);
  }
  for (YamlMap map : root.maps("collectors")) {
    CollectorConfiguration collector{.address = read_address(map, "address", nullptr),
                                     .name = map.text_or("name", "collector")};
    const auto same = [&](const CollectorConfiguration& other) {
      return other.address == collector.address;
    };
    if (std::ranges::any_of(configuration.collectors, same)) {
      map.problem("address", "a collector with this address is there already");
    }
    configuration.collectors.push_back(std::move(collector));
  }
  YamlMap tls = root.map("tls");
  configuration.tls = {.ca_file = resolve(tls.text("ca_file")),
                       .certificate_file = resolve(tls.text("certificate_file")),
                       .key_file = resolve(tls.text("key_file"))};
  if (auto spool = root.optional_map("spool")) configuration.spool = read_spool(*spool);
  if (auto batch = root.optional_map("batch")) {
    configuration.batch_linger_ns =
        std::llround(1e6 * batch->number_or("linger_ms", 5, {.at_least = 1, .at_most = 10'000}));
    configuration.batch_offline_linger_ns = std::llround(
        1e6 * batch->number_or("offline_linger_ms", 500, {.at_least = 1, .at_most = 10'000}));
    configuration.max_batch_samples =
        static_cast<std::size_t>(batch->integer_or("max_samples", 2000, 1, 100'000));
  }
  configuration.quorum = configuration.collectors.size();
  if (auto uplink = root.optional_map("uplink")) {
    configuration.max_unacknowledged_batches =
        static_cast<std::uint32_t>(uplink->integer_or("max_unacknowledged_batches", 32, 1, 1024));
    configuration.backlog_samples_per_second = static_cast<std::uint32_t>(
        uplink->integer_or("backlog_samples_per_second", 0, 0, 100'000'000));
    const auto all = static_cast<std::int64_t>(configuration.quorum);
    configuration.quorum = static_cast<std::size_t>(
        uplink->integer_or("quorum", all, 1, std::max<std::int64_t>(all, 1)));
  }
  for (const sources::Kind& kind : sources::kinds()) {
    auto section = root.optional_map(kind.key);
    if (!section) continue;
    for (sources::MakeSource& make : kind.read(*section)) {
      configuration.sources.push_back({std::string(kind.key), std::move(make)});
    }
  }
  if (configuration.sources.empty()) {
    std::string keys;
    for (const sources::Kind& kind : sources::kinds()) keys += fmt::format(" {}", kind.key);
    root.problem("nothing to observe: expected at least one of" + keys);
  }
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  for (auto& leaf : file->leaves()) {
    configuration.settings[leaf.path] = {std::move(leaf.text), std::move(leaf.where)};
  }
  return configuration;
}

}  // namespace caspilink::runtime
