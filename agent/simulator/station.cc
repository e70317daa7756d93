#include "agent/simulator/station.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <spdlog/spdlog.h>

#include "agent/simulator/gnmi_server.h"
#include "agent/simulator/line_file.h"
#include "agent/simulator/line_model.h"
#include "agent/simulator/line_watcher.h"
#include "agent/simulator/path_relay.h"
#include "link_models/formats/plant_yaml.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/credentials.h"

namespace caspilink::simulator {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{100};

// Everything the command line says, checked.
struct Station {
  std::shared_ptr<const plant::Plant> plant;
  plant::Direction departing = plant::Direction::kAToB;
  endpoint::Address gnmi;
  std::optional<endpoint::Address> path_listen;
  std::optional<endpoint::Address> path_target;
  std::shared_ptr<grpc::ServerCredentials> credentials;
};

tl::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::kInvalidInput, std::move(where), std::move(detail));
}

Result<endpoint::Address> address(const std::string& option, const std::string& text) {
  auto parsed = endpoint::parse_address(text);
  if (!parsed) return refuse(option, parsed.error().message());
  return parsed;
}

Result<void> read_paths(const StationOptions& options, Station& station) {
  if (options.path_listen.has_value() != options.path_target.has_value()) {
    return refuse("", "expected --path-listen and --path-target together, or neither");
  }
  if (!options.path_listen) return {};
  auto listen = address("--path-listen", *options.path_listen);
  if (!listen) return tl::unexpected(listen.error());
  auto target = address("--path-target", *options.path_target);
  if (!target) return tl::unexpected(target.error());
  station.path_listen = *listen;
  station.path_target = *target;
  return {};
}

Result<void> read_credentials(const StationOptions& options, Station& station) {
  if (!options.tls_ca && !options.tls_certificate && !options.tls_key) return {};
  if (!options.tls_ca || !options.tls_certificate || !options.tls_key) {
    return refuse("", "expected --tls-ca, --tls-certificate and --tls-key together, or none");
  }
  const endpoint::TlsFiles files{*options.tls_ca, *options.tls_certificate, *options.tls_key};
  auto credentials = endpoint::server_credentials(files, endpoint::ClientCertificate::kVerified);
  if (!credentials) return tl::unexpected(credentials.error());
  station.credentials = *credentials;
  return {};
}

Result<Station> read_options(const StationOptions& options) {
  Station station;
  auto plant = formats::load_plant(options.plant_file);
  if (!plant) return tl::unexpected(plant.error());
  station.plant = std::make_shared<const plant::Plant>(std::move(*plant));
  if (plant::find_station(*station.plant, options.station) == nullptr) {
    return refuse("--station", fmt::format("expected {} or {}, got {}", station.plant->a().id,
                                           station.plant->b().id, options.station));
  }
  station.departing =
      station.plant->a().id == options.station ? plant::Direction::kAToB : plant::Direction::kBToA;
  auto gnmi = address("--gnmi-listen", options.gnmi_listen);
  if (!gnmi) return tl::unexpected(gnmi.error());
  station.gnmi = *gnmi;
  if (auto good = read_paths(options, station); !good) return tl::unexpected(good.error());
  if (auto good = read_credentials(options, station); !good) return tl::unexpected(good.error());
  return station;
}

LineState new_state(const std::string& plant_file, std::optional<std::uint64_t> seed,
                    std::int64_t now_unix_ns) {
  LineState state;
  state.seed = seed.value_or(1);
  state.epoch_unix_ns = now_unix_ns;
  state.plant_file = std::filesystem::absolute(plant_file).lexically_normal().string();
  return state;
}

Result<void> check_seed(const LineState& state, std::optional<std::uint64_t> seed,
                        const std::string& line_file) {
  if (!seed || *seed == state.seed) return {};
  return refuse("--seed", fmt::format("{} has seed {}: leave --seed out, or take another line file",
                                      line_file, state.seed));
}

// The line file's content where it fits plant and seed; what it would be where there is none.
Result<LineState> peek_line(const std::string& line_file, const LineState& fresh,
                            const plant::Plant& plant, std::optional<std::uint64_t> seed) {
  auto state = read_line_file(line_file);
  if (!state && state.error().code == ErrorCode::kNotFound) return fresh;
  if (!state) return state;
  if (auto good = check_seed(*state, seed, line_file); !good) return tl::unexpected(good.error());
  if (auto good = check_faults(plant, *state); !good) {
    return refuse(line_file + ": " + good.error().where,
                  good.error().detail + "; end it with: caspilink-simulator inject --line " +
                      line_file + " restore --all");
  }
  return state;
}

// Makes the file where there is none, and has it name the plant in use.
Result<LineState> open_line(const std::string& line_file, const LineState& fresh) {
  std::error_code ignored;  // a directory that cannot be made shows when the lock is opened
  const auto directory = std::filesystem::path(line_file).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, ignored);
  auto state = ensure_line_file(line_file, fresh);
  if (!state || state->plant_file == fresh.plant_file) return state;
  return update_line_file(line_file, [&](LineState& changed) -> Result<void> {
    changed.plant_file = fresh.plant_file;
    return {};
  });
}

// What runs, and what it is told when the line changes. Lives on the main thread.
class Running {
 public:
  Running(LineModel model, LineState state) : model_(std::move(model)), state_(std::move(state)) {}

  Result<void> start(const StationOptions& options, const Station& station) {
    auto view = model_.view(state_);
    if (!view) return tl::unexpected(view.error());
    GnmiTree tree(points_of(*station.plant, options.station, **view));
    const auto leaves = tree.leaves().size();
    GnmiServer::Options gnmi;
    gnmi.listen = station.gnmi.text();
    gnmi.credentials = station.credentials;
    gnmi.unix_now_ns = unix_now_ns;
    auto server = GnmiServer::start(std::move(gnmi), std::move(tree), *view);
    if (!server) return tl::unexpected(server.error());
    gnmi_ = std::move(*server);
    std::string path = "none";
    if (station.path_listen) {
      PathRelay::Options relay;
      relay.host = station.path_listen->host;
      relay.base_port = station.path_listen->port;
      relay.target_host = station.path_target->host;
      relay.target_port = station.path_target->port;
      relay.departing = station.departing;
      auto started = PathRelay::start(std::move(relay), *view);
      if (!started) return tl::unexpected(started.error());
      relay_ = std::move(*started);
      path = fmt::format("{}:{}-{}", station.path_listen->host, relay_->ports().front(),
                         relay_->ports().back());
    }
    spdlog::info("ready gnmi={}:{} path={} station={} plant={} leaves={} faults={}",
                 station.gnmi.host, gnmi_->port(), path, options.station, station.plant->name,
                 leaves, state_.faults.size());
    return {};
  }

  // A file that is wrong leaves the line as it was.
  void changed(Result<LineState> state) {
    if (!state) {
      spdlog::warn("line unchanged: {}", state.error().message());
      return;
    }
    if (*state == state_) return;
    auto view = model_.view(*state);
    if (!view) {
      spdlog::warn("line unchanged: {}", view.error().message());
      return;
    }
    log_difference(*state);
    state_ = std::move(*state);
    gnmi_->set_view(*view);
    if (relay_) relay_->set_view(*view);
  }

 private:
  void log_difference(const LineState& next) const {
    const auto missing_from = [](const LineState& other, const Fault& fault) {
      return std::ranges::find(other.faults, fault) == other.faults.end();
    };
    for (const auto& fault : next.faults) {
      if (missing_from(state_, fault)) spdlog::info("fault {}", describe(fault));
    }
    for (const auto& fault : state_.faults) {
      if (missing_from(next, fault)) spdlog::info("restored {}", describe(fault));
    }
  }

  LineModel model_;
  LineState state_;
  std::unique_ptr<GnmiServer> gnmi_;
  std::unique_ptr<PathRelay> relay_;
};

}  // namespace

std::int64_t unix_now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

Result<void> init_line(const std::string& plant_file, const std::string& line_file,
                       std::optional<std::uint64_t> seed, std::int64_t now_unix_ns) {
  const auto plant = formats::load_plant(plant_file);
  if (!plant) return tl::unexpected(plant.error());
  const auto fresh = new_state(plant_file, seed, now_unix_ns);
  if (auto known = peek_line(line_file, fresh, *plant, seed); !known) {
    return tl::unexpected(known.error());
  }
  if (auto state = open_line(line_file, fresh); !state) return tl::unexpected(state.error());
  return {};
}

Result<void> run_station(const StationOptions& options, std::int64_t now_unix_ns) {
  auto station = read_options(options);
  if (!station) return tl::unexpected(station.error());
  const auto fresh = new_state(options.plant_file, options.seed, now_unix_ns);
  auto state = peek_line(options.line_file, fresh, *station->plant, options.seed);
  if (!state) return tl::unexpected(state.error());
  LineModel model(station->plant);
  if (auto view = model.view(*state); !view) return tl::unexpected(view.error());
  if (options.check_only) return {};

  // From here on signals end the program in order.
  asio::io_context io;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  state = open_line(options.line_file, fresh);
  if (!state) return tl::unexpected(state.error());
  // The other station may have made the file in the meantime.
  if (auto good = check_seed(*state, options.seed, options.line_file); !good) return good;
  Running running(std::move(model), *state);
  if (auto started = running.start(options, *station); !started) return started;
  LineWatcher watcher(io, options.line_file, kLookEvery,
                      [&](Result<LineState> next) { running.changed(std::move(next)); });
  watcher.start();
  signals.async_wait([&](const asio::error_code&, int) {
    watcher.stop();
    io.stop();
  });
  io.run();
  spdlog::info("ended");
  return {};
}

}  // namespace caspilink::simulator
