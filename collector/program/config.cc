#include "collector/program/config.h"

#include <filesystem>
#include <utility>

#include "collector/performance/configuration.h"
#include "collector/remote_write/configuration.h"
#include "link_models/formats/yaml.h"

namespace caspilink::program {
namespace {

using formats::YamlFile;
using formats::YamlMap;

constexpr double kSecondsPerDay = 86'400;
constexpr double kNanosPerSecond = 1e9;
constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;
constexpr std::int64_t kBytesPerKib = 1024;
constexpr std::uint16_t kQueryPort = 9402;

std::int64_t to_ns(double seconds) { return static_cast<std::int64_t>(seconds * kNanosPerSecond); }

// Paths of a configuration file lie beside it.
class Folder {
 public:
  explicit Folder(const std::string& file) : folder_(std::filesystem::path(file).parent_path()) {}
  [[nodiscard]] std::string resolve(const std::string& path) const {
    return path.empty() ? path : (folder_ / path).lexically_normal().string();
  }

 private:
  std::filesystem::path folder_;
};

void read_address(YamlMap& map, std::string_view key, endpoint::Address& into) {
  const auto text = map.optional_text(key);
  if (!text) return;
  auto address = endpoint::parse_address(*text);
  if (address) {
    into = std::move(*address);
  } else {
    map.problem(key, address.error().message());
  }
}

void read_store(YamlMap map, const Folder& folder, Config& config) {
  config.store_dir = folder.resolve(map.text("dir"));
  if (const auto policy = map.optional_text("fsync")) {
    if (*policy == "every_commit") {
      config.store.fsync = store::FsyncPolicy::kEveryCommit;
    } else if (*policy == "on_checkpoint") {
      config.store.fsync = store::FsyncPolicy::kOnCheckpoint;
    } else if (*policy == "never") {
      config.store.fsync = store::FsyncPolicy::kNever;
    } else {
      map.problem("fsync", "expected every_commit, on_checkpoint or never, got '" + *policy + "'");
    }
  }
  const auto days = [&](std::string_view key, double fallback, double at_least) {
    return to_ns(map.number_or(key, fallback, {.at_least = at_least, .at_most = 36'500}) *
                 kSecondsPerDay);
  };
  config.store.keep_ns =
      to_ns(map.number_or("keep_days", 90, {.above = 0, .at_most = 36'500}) * kSecondsPerDay);
  // At least what G.7710 has network elements keep: a day of quarters of an hour, a month of days.
  config.store.keep_15min_ns = days("keep_15min_bins_days", 30, 1);
  config.store.keep_24h_ns = days("keep_24h_bins_days", 1830, 30);
  config.store.keep_alarms_ns = days("keep_alarms_days", 1830, 1);
  config.store.max_bytes = static_cast<std::uint64_t>(
      map.number_or("max_gib", 20, {.above = 0, .at_most = 65'536}) * kBytesPerGib);
}

void read_agents(YamlMap map, Config& config) {
  ingest::Limits& limits = config.limits;
  limits.sample_interval_ns = static_cast<std::uint64_t>(
      map.number_or("sample_interval_s", 0, {.at_least = 0, .at_most = 3600}) * kNanosPerSecond);
  config.core.allowed_skew_ns =
      to_ns(map.number_or("allowed_clock_skew_s", 5, {.at_least = 0, .at_most = 86'400}));
  if (const auto silent = map.optional_number("silent_after_s", {.above = 0, .at_most = 86'400})) {
    config.silence = Seconds(*silent);
  }
  const auto count = [&](std::string_view key, auto& into, std::int64_t most) {
    using Number = std::remove_reference_t<decltype(into)>;
    into = static_cast<Number>(map.integer_or(key, static_cast<std::int64_t>(into), 1, most));
  };
  count("max_streams", config.core.max_streams_per_agent, 64);
  count("max_series", limits.max_series, 1'000'000);
  count("max_batch_samples", limits.max_batch_samples, 1'000'000);
  count("max_unacknowledged_batches", limits.max_unacknowledged_batches, 65'536);
  const auto kib = [&](std::string_view key, std::size_t& into) {
    const auto fallback = static_cast<std::int64_t>(into) / kBytesPerKib;
    into = static_cast<std::size_t>(map.integer_or(key, fallback, 1, 65'536) * kBytesPerKib);
  };
  kib("max_message_kib", limits.max_message_bytes);
  kib("max_unacknowledged_kib", limits.max_unacknowledged_bytes);
  config.core.max_series_per_stream = std::size_t{16} * limits.max_series;
}

Result<Config> read(YamlFile file, const std::string& path) {
  const Folder folder(path);
  YamlMap root = file.root();
  Config config;
  config.plant_file = folder.resolve(root.text("plant_file"));
  read_address(root, "listen", config.listen);
  if (auto http = root.optional_map("http")) {
    read_address(*http, "listen", config.http_listen);
    config.web_config_file = folder.resolve(http->text_or("web_config_file", ""));
  }
  if (auto query = root.optional_map("query")) {
    config.query_listen = endpoint::Address{.host = "127.0.0.1", .port = kQueryPort};
    read_address(*query, "listen", *config.query_listen);
    config.query_limits.max_watchers = static_cast<std::size_t>(query->integer_or(
        "max_watchers", static_cast<std::int64_t>(config.query_limits.max_watchers), 1, 4096));
  }
  YamlMap tls = root.map("tls");
  config.tls = {.ca_file = folder.resolve(tls.text("ca_file")),
                .certificate_file = folder.resolve(tls.text("certificate_file")),
                .key_file = folder.resolve(tls.text("key_file")),
                .crl_file = folder.resolve(tls.text_or("crl_file", ""))};
  read_store(root.map("store"), folder, config);
  if (auto agents = root.optional_map("agents")) {
    read_agents(std::move(*agents), config);
  } else {
    config.core.allowed_skew_ns = to_ns(5);
  }
  config.judging = read_judging(root);
  config.remote_write = remote_write::read_receivers(root.optional_maps("remote_write"));
  if (auto performance = root.optional_map("performance")) {
    config.performance = performance::read_settings(std::move(*performance));
  } else {
    config.performance.thresholds = performance::default_thresholds();
  }
  if (auto log = root.optional_map("log")) {
    config.log_level = log->choice("level", {"trace", "debug", "info", "warning", "error"});
  }
  if (auto done = file.finish(); !done) return tl::unexpected(done.error());
  return config;
}

}  // namespace

Result<Config> load_config(const std::string& path) {
  auto file = YamlFile::load(path);
  if (!file) return tl::unexpected(file.error());
  return read(std::move(*file), path);
}

Result<Config> parse_config(std::string_view text, const std::string& file) {
  auto parsed = YamlFile::parse(text, file);
  if (!parsed) return tl::unexpected(parsed.error());
  return read(std::move(*parsed), file);
}

}  // namespace caspilink::program
