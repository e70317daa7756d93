// linkbudget: budgets of plant files and of GNPy's, on the command line.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "link_models/cli/gnpy_command.h"
#include "link_models/cli/report.h"
#include "link_models/formats/plant_yaml.h"

namespace caspilink::cli {
namespace {

constexpr int kExitBadInput = 2;  // wrong arguments or a wrong file

struct Arguments {
  std::string plant;
  std::optional<std::string> fibre_pair;
  std::optional<std::string> direction;
  std::optional<std::string> nonlinear_model;
  std::string format = "table";
  GnpyRequest gnpy;
};

int refuse(const std::string& message) {
  std::fprintf(stderr, "linkbudget: %s\n", message.c_str());
  return kExitBadInput;
}

// 0, or 1 where the output cannot be written.
int print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return 0;
  std::fprintf(stderr, "linkbudget: the output cannot be written\n");
  return 1;
}

int compute(const Arguments& arguments) {
  std::optional<plant::Direction> direction;
  if (arguments.direction) {
    const auto parsed = plant::direction_from_string(*arguments.direction);
    if (!parsed) return refuse("--direction: " + parsed.error().message());
    direction = *parsed;
  }
  auto plant = formats::load_plant(arguments.plant);
  if (!plant) return refuse(plant.error().message());
  if (arguments.nonlinear_model) {
    const auto kind = plant::nonlinear_model_from_string(*arguments.nonlinear_model);
    if (!kind) return refuse("--nli-model: " + kind.error().message());
    plant->light_model.nonlinear = *kind;
  }
  const auto report = compute_report(*plant, arguments.fibre_pair, direction);
  if (!report) return refuse(report.error().message());
  if (arguments.format == "json") return print(render_json(*report));
  if (arguments.format == "csv") return print(render_csv(*report));
  return print(render_table(*report));
}

int describe(const Arguments& arguments) {
  const auto plant = formats::load_plant(arguments.plant);
  if (!plant) return refuse(plant.error().message());
  return print(arguments.format == "json" ? render_description_json(*plant)
                                          : render_description_table(*plant));
}

int check(const Arguments& arguments) {
  const auto plant = formats::load_plant(arguments.plant);
  if (!plant) return refuse(plant.error().message());
  const auto report = compute_report(*plant, std::nullopt, std::nullopt);
  if (!report) return refuse(report.error().message());
  return print(arguments.plant + ": good\n");
}

int gnpy(const Arguments& arguments) {
  std::vector<std::string> warnings;
  const auto report = run_gnpy(arguments.gnpy, warnings);
  if (!report) return refuse(report.error().message());
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "linkbudget: warning: %s\n", warning.c_str());
  }
  if (arguments.format == "json") return print(render_gnpy_json(*report));
  if (arguments.format == "csv") return print(render_gnpy_csv(*report));
  return print(render_gnpy_table(*report));
}

CLI::App* add_gnpy(CLI::App& app, Arguments& arguments) {
  GnpyRequest& request = arguments.gnpy;
  CLI::App* command = app.add_subcommand("gnpy", "compute a route described in GNPy's own files");
  command->add_option("TOPOLOGY", request.topology, "network (JSON)")->required();
  command->add_option("--equipment", request.equipment, "equipment library (JSON)")->required();
  command->add_option("--spectrum", request.spectrum, "channels; the library's by default");
  command->add_option("--sim-params", request.simulation, "simulation parameters");
  command->add_option("--extra-equipment", request.extra_equipment, "more libraries");
  command->add_option("--extra-config", request.extra_configs,
                      "side files of amplifiers that do not lie beside the library");
  command->add_option("--source", request.source, "uid of a transceiver; the first by default");
  command->add_option("--destination", request.destination, "uid of another transceiver");
  command->add_option("--via", request.via, "uids to cross, in order; the shortest way otherwise");
  command->add_flag(
      "--no-insert-edfas", [&](std::int64_t) { request.insert_amplifiers = false; },
      "do not cut fibre or add amplifiers");
  command->add_option("--transceiver", request.receiver.transceiver,
                      "type that receives; the destination's own by default");
  command->add_option("--mode", request.receiver.mode,
                      "mode of the transceivers; the only one that fits a channel by default");
  command->add_option("--power", request.power_dbm, "dBm a channel into spans; the library's else");
  command->add_option("--format", arguments.format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}));
  return command;
}

int run(int argc, char** argv) {
  CLI::App app{"Link budgets of submarine and terrestrial plants", "linkbudget"};
  app.set_version_flag("--version", "linkbudget " CASPILINK_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  const auto add_plant = [&](CLI::App* command) {
    command->add_option("PLANT", arguments.plant, "plant file (YAML)")->required();
  };
  CLI::App* compute_command = app.add_subcommand("compute", "compute the budget of a plant file");
  add_plant(compute_command);
  compute_command->add_option("--fibre-pair", arguments.fibre_pair, "one fibre pair, in detail");
  compute_command->add_option("--direction", arguments.direction, "a-b or b-a; both by default");
  compute_command
      ->add_option("--nli-model", arguments.nonlinear_model,
                   "model of nonlinear interference, whatever the plant says")
      ->type_name("gn|gn_srs|isrs_gn|isrs_gn_coherent|ggn");
  compute_command->add_option("--format", arguments.format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}));
  compute_command->footer(
      "Models: gn, over attenuation alone; gn_srs, over the power that scattering and pumps "
      "leave;\n"
      "isrs_gn and isrs_gn_coherent, closed forms with scattering, without pumps; ggn, integrated\n"
      "over the real power of every channel, slower and right where the others are rough.\n"
      "OSNR in 0.1 nm, other ratios in the symbol-rate bandwidth; margins at the begin and the "
      "end\n"
      "of life. Exit status: 0, 1 where the output cannot be written, 2 for arguments or a file.");
  CLI::App* describe_command =
      app.add_subcommand("describe", "say what a plant is: stations, fibre pairs, lit channels");
  add_plant(describe_command);
  describe_command->add_option("--format", arguments.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  CLI::App* check_command = app.add_subcommand("check", "say whether a plant file is good");
  add_plant(check_command);
  CLI::App* gnpy_command = add_gnpy(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return refuse(error.what());
  }
  if (compute_command->parsed()) return compute(arguments);
  if (describe_command->parsed()) return describe(arguments);
  if (gnpy_command->parsed()) return gnpy(arguments);
  return check(arguments);
}

}  // namespace
}  // namespace caspilink::cli

int main(int argc, char** argv) {
  try {
    return caspilink::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "linkbudget: %s\n", error.what());
    return 1;
  }
}
