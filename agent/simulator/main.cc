// caspilink-simulator: a landing station that speaks gNMI and obeys link_models.
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "agent/simulator/inject.h"
#include "agent/simulator/station.h"
#include "proto/endpoint/program.h"

namespace caspilink::simulator {
namespace {

constexpr const char* kProgram = "caspilink-simulator";

// Filled in by CLI11; one command is chosen and run after parsing.
struct CommandLine {
  StationOptions station;
  InjectOptions inject;
  Restore restore;
  std::string log_level = "info";
  std::string fibre_pair;
  std::string direction;
  double at_km = 0;
  double loss_db = 0;
  double fade_db = 0;
  double delay_ms = 0;
  int channel = 0;
  std::string amplifier;
  std::optional<double> output_power_dbm;
  std::optional<double> tilt_db;
  PumpFailure pump;
  double power_drop_db = pump.power_drop.value();
  double noise_figure_rise_db = pump.noise_figure_rise.value();
  bool as_json = false;
  std::function<int()> command;
};

int print(const Result<std::string>& text) {
  if (!text) return endpoint::report(kProgram, text.error());
  fmt::print("{}", *text);
  return 0;
}

int done(const Result<void>& result) {
  return result ? 0 : endpoint::report(kProgram, result.error());
}

// Direction texts are checked by CLI11 already.
std::optional<plant::Direction> direction_of(const CommandLine& line) {
  const auto direction = plant::direction_from_string(line.direction);
  return direction ? std::optional(*direction) : std::nullopt;
}

void inject_as(CommandLine& line, CLI::App& command, std::function<Effect()> effect) {
  command.add_option("--fibre-pair", line.fibre_pair, "fibre pair, such as FP03, or 'all' of them")
      ->required();
  command.final_callback([&line, effect = std::move(effect)] {
    line.command = [&line, effect] {
      Fault fault;
      if (line.fibre_pair != "all") fault.fibre_pair = line.fibre_pair;
      fault.since_unix_ns = unix_now_ns();
      fault.effect = effect();
      return print(inject(line.inject, fault));
    };
  });
}

CLI::Option* add_direction(CommandLine& line, CLI::App& command, const std::string& help) {
  return command.add_option("--direction", line.direction, help)
      ->check(CLI::IsMember({"a-b", "b-a"}));
}

void add_line_option(CLI::App& command, std::string& line_file) {
  command.add_option("--line", line_file, "line file that the stations share")
      ->capture_default_str();
}

void add_station(CommandLine& line, CLI::App& app) {
  auto& options = line.station;
  auto& command = *app.add_subcommand("station", "simulate one landing station until SIGTERM");
  command.add_option("--plant", options.plant_file, "plant file (YAML)")->required();
  command.add_option("--station", options.station, "id of the station in the plant")->required();
  add_line_option(command, options.line_file);
  command
      .add_option("--gnmi-listen", options.gnmi_listen, "HOST:PORT of the gNMI target; port 0: any")
      ->required();
  command.add_option("--path-listen", options.path_listen,
                     "HOST:PORT of the first fibre pair's latency path; the others follow");
  command.add_option("--path-target", options.path_target,
                     "HOST:PORT of the far station's STAMP reflector");
  command.add_option("--seed", options.seed, "of noise and drift, for a new line file (default 1)");
  command.add_option("--tls-ca", options.tls_ca, "PEM; with the next two: mutual TLS");
  command.add_option("--tls-certificate", options.tls_certificate, "PEM");
  command.add_option("--tls-key", options.tls_key, "PEM");
  command.add_option("--log-level", line.log_level, "trace, debug, info, warning or error")
      ->capture_default_str();
  command.add_flag("--check-config", options.check_only, "check the input, start nothing");
  command.final_callback([&line] {
    line.command = [&line] {
      if (auto logging = endpoint::start_logging(kProgram, line.log_level); !logging) {
        return done(logging);
      }
      return done(run_station(line.station, unix_now_ns()));
    };
  });
}

void add_init(CommandLine& line, CLI::App& app) {
  auto& options = line.station;
  auto& command = *app.add_subcommand("init", "make the line file, if there is none");
  command.add_option("--plant", options.plant_file, "plant file (YAML)")->required();
  add_line_option(command, options.line_file);
  command.add_option("--seed", options.seed, "of noise and drift (default 1)");
  command.final_callback([&line] {
    line.command = [&line] {
      return done(init_line(line.station.plant_file, line.station.line_file, line.station.seed,
                            unix_now_ns()));
    };
  });
}

void add_faults(CommandLine& line, CLI::App& command) {
  auto& cut = *command.add_subcommand("cut", "cut the cable: no light arrives, either way");
  inject_as(line, cut, [&line] { return Cut{Kilometers(line.at_km)}; });
  cut.add_option("--at-km", line.at_km, "distance from station A")->required();

  auto& loss = *command.add_subcommand("loss", "add loss at a place, both directions");
  inject_as(line, loss, [&line] { return AddedLoss{Kilometers(line.at_km), Db(line.loss_db)}; });
  loss.add_option("--at-km", line.at_km, "distance from station A")->required();
  loss.add_option("--db", line.loss_db, "loss to add")->required();

  auto& pump = *command.add_subcommand("pump", "fail a pump of a repeater or ROPA");
  inject_as(line, pump, [&line] {
    line.pump.power_drop = Db(line.power_drop_db);
    line.pump.noise_figure_rise = Db(line.noise_figure_rise_db);
    line.pump.direction = direction_of(line);
    return line.pump;
  });
  pump.add_option("--repeater", line.pump.amplifier, "name in the plant, such as R2")->required();
  pump.add_option("--db", line.power_drop_db, "drop of its output power (a ROPA: of its gain)")
      ->capture_default_str();
  pump.add_option("--noise-figure-db", line.noise_figure_rise_db, "rise of its noise figure")
      ->capture_default_str();
  add_direction(line, pump, "one direction only");

  auto& fade = *command.add_subcommand("fade", "weaken one channel's transmitter");
  inject_as(line, fade, [&line] {
    return Fade{direction_of(line).value_or(plant::Direction::kAToB), line.channel,
                Db(line.fade_db)};
  });
  add_direction(line, fade, "the transmitter's direction")->required();
  fade.add_option("--channel", line.channel, "number of a lit channel")->required();
  fade.add_option("--db", line.fade_db, "drop of its launch power")->required();

  auto& delay = *command.add_subcommand("delay", "lengthen the path of latency probes");
  inject_as(line, delay, [&line] {
    return AddedDelay{Seconds(line.delay_ms * 1e-3), direction_of(line)};
  });
  delay
      .add_option("--ms", line.delay_ms,
                  "one-way delay to add, in each direction: a round trip gets it twice")
      ->required();
  add_direction(line, delay, "one direction only");

  auto& setting = *command.add_subcommand("setting", "set an amplifier otherwise than designed");
  inject_as(line, setting, [&line] {
    AmplifierSetting set{.amplifier = line.amplifier,
                         .direction = direction_of(line).value_or(plant::Direction::kAToB)};
    if (line.output_power_dbm) set.output_power = Dbm(*line.output_power_dbm);
    if (line.tilt_db) set.tilt = Db(*line.tilt_db);
    return set;
  });
  setting
      .add_option("--amplifier", line.amplifier, "booster, preamplifier or a repeater such as R2")
      ->required();
  add_direction(line, setting, "of the light it amplifies")->required();
  setting.add_option("--output-power-dbm", line.output_power_dbm, "total output power to hold");
  setting.add_option("--tilt-db", line.tilt_db, "gain of the highest channel less the lowest's");
}

void add_inject(CommandLine& line, CLI::App& app) {
  auto& command = *app.add_subcommand("inject", "break the line, mend it, show what is broken");
  command.require_subcommand(1);
  command.fallthrough();
  add_line_option(command, line.inject.line_file);
  command.add_option("--plant", line.inject.plant_file,
                     "plant to check against (default: the one the line file names)");
  add_faults(line, command);

  auto& mend = *command.add_subcommand("restore", "end faults");
  auto* which = mend.add_option_group("which", "exactly one");
  which->add_flag("--all", line.restore.all, "all faults");
  which->add_option("--fibre-pair", line.restore.fibre_pair, "all faults of this fibre pair");
  which->add_option("--id", line.restore.id, "one fault, by the number `show` gives");
  which->require_option(1);
  mend.final_callback(
      [&line] { line.command = [&line] { return print(restore(line.inject, line.restore)); }; });

  auto& list = *command.add_subcommand("show", "list the faults");
  list.add_flag("--json", line.as_json, "the line file itself");
  list.final_callback(
      [&line] { line.command = [&line] { return print(show(line.inject, line.as_json)); }; });
}

int run(int argc, char** argv) {
  // Our own messages say what fails, in one line; gRPC's are for those who ask for them.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  CommandLine line;
  line.station.line_file = line.inject.line_file = "run/line.json";
  CLI::App app(
      "Simulates the landing stations of a cable: equipment that speaks gNMI with readings "
      "computed\n"
      "from a plant file, the latency of the path, and faults on the line.",
      kProgram);
  app.set_version_flag("--version", std::string(kProgram) + " " CASPILINK_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  caspilink-simulator station --plant plant.yaml --station sumgait --line run/line.json \\\n"
      "      --gnmi-listen 127.0.0.1:9521 --path-listen 127.0.0.1:9600 \\\n"
      "      --path-target 127.0.0.1:9532\n"
      "  caspilink-simulator inject --line run/line.json cut --fibre-pair FP03 --at-km 120\n"
      "  caspilink-simulator inject --line run/line.json restore --all");
  add_station(line, app);
  add_init(line, app);
  add_inject(line, app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return endpoint::report(kProgram, {ErrorCode::kInvalidInput, "", error.what()});
  }
  return line.command();
}

}  // namespace
}  // namespace caspilink::simulator

int main(int argc, char** argv) { return caspilink::simulator::run(argc, argv); }
