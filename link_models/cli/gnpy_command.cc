#include "link_models/cli/gnpy_command.h"

#include <algorithm>
#include <utility>

#include "link_models/design/design.h"
#include "link_models/design/path.h"
#include "link_models/formats/gnpy/equipment_json.h"
#include "link_models/formats/gnpy/light_json.h"
#include "link_models/formats/gnpy/topology_json.h"

namespace caspilink::cli {
namespace {

using design::NodeIndex;

tl::unexpected<Error> refuse(const GnpyRequest& request, const std::string& detail) {
  return fail(ErrorCode::kInvalidInput, request.topology, detail);
}

Result<NodeIndex> end_of_path(const GnpyRequest& request, const design::Network& network,
                              const std::optional<std::string>& uid, const char* option,
                              std::optional<NodeIndex> not_this) {
  if (uid) {
    const auto node = network.find(*uid);
    if (!node) return refuse(request, std::string(option) + ": no element is called " + *uid);
    if (!network.is<design::Transceiver>(*node)) {
      return refuse(request, std::string(option) + ": " + *uid + " is not a transceiver");
    }
    return *node;
  }
  for (const NodeIndex node : network.all<design::Transceiver>()) {
    if (node != not_this) return node;
  }
  return refuse(request, "expected at least two transceivers");
}

Result<std::vector<NodeIndex>> find_path(const GnpyRequest& request, const design::Network& network,
                                         GnpyReport& report) {
  const auto source =
      end_of_path(request, network, request.source, "--source",
                  request.destination ? network.find(*request.destination) : std::nullopt);
  if (!source) return tl::unexpected(source.error());
  const auto destination =
      end_of_path(request, network, request.destination, "--destination", *source);
  if (!destination) return tl::unexpected(destination.error());
  if (*source == *destination) {
    return refuse(request, "--destination: expected another transceiver than the source");
  }
  std::vector<NodeIndex> via;
  for (const std::string& uid : request.via) {
    const auto node = network.find(uid);
    if (!node) return refuse(request, "--via: no element is called " + uid);
    via.push_back(*node);
  }
  report.source = network[*source].uid;
  report.destination = network[*destination].uid;
  auto path = design::shortest_path(network, *source, *destination, via);
  if (!path) return refuse(request, path.error().message());
  return path;
}

// Errors of the design and of propagation know the element, not the file.
tl::unexpected<Error> in_topology(const GnpyRequest& request, const Error& error) {
  const std::string where = error.where.empty()
                                ? request.topology
                                : request.topology + ": element \"" + error.where + "\"";
  return fail(error.code, where, error.detail);
}

Result<design::Simulation> simulation_of(const GnpyRequest& request,
                                         const design::Network& network) {
  if (request.simulation) return formats::gnpy::load_simulation(*request.simulation);
  for (const NodeIndex node : network.all<design::Fibre>()) {
    if (!network.as<design::Fibre>(node)->is_raman) continue;
    return refuse(request, "element \"" + network[node].uid +
                               "\" is a RamanFiber: expected simulation parameters, --sim-params");
  }
  return design::Simulation{};
}

}  // namespace

Result<GnpyReport> run_gnpy(const GnpyRequest& request, std::vector<std::string>& warnings) {
  const auto equipment = formats::gnpy::load_equipment(
      {request.equipment, request.extra_equipment, request.extra_configs}, warnings);
  if (!equipment) return tl::unexpected(equipment.error());
  auto network = formats::gnpy::load_topology(request.topology, *equipment);
  if (!network) return tl::unexpected(network.error());
  const auto simulation = simulation_of(request, *network);
  if (!simulation) return tl::unexpected(simulation.error());
  if (auto known = design::check_choice(*equipment, request.receiver); !known) {
    return tl::unexpected(known.error());
  }
  const Dbm reference = request.power_dbm ? Dbm(*request.power_dbm) : equipment->spectrum.power;
  std::vector<design::LaunchedChannel> channels = design::fill(equipment->spectrum, reference);
  if (request.spectrum) {
    auto spectrum = formats::gnpy::load_spectrum(*request.spectrum);
    if (!spectrum) return tl::unexpected(spectrum.error());
    channels = *std::move(spectrum);
  }

  const auto designed = design::design(*network, *equipment, *simulation,
                                       {request.insert_amplifiers, reference}, warnings);
  if (!designed) return in_topology(request, designed.error());
  GnpyReport report;
  const auto path = find_path(request, *network, report);
  if (!path) return tl::unexpected(path.error());
  auto result = design::propagate(*network, *equipment, *path, channels, *simulation);
  if (!result) return in_topology(request, result.error());
  design::ModeChoice choice = request.receiver;
  if (!choice.transceiver) {
    const std::string& own = network->as<design::Transceiver>(path->back())->type;
    const auto known = std::find_if(equipment->transceivers.begin(), equipment->transceivers.end(),
                                    [&](const auto& type) { return type.name == own; });
    if (known != equipment->transceivers.end()) choice.transceiver = own;
  }
  for (const design::ChannelResult& channel : result->channels) {
    report.receptions.push_back(design::receive(*equipment, choice, channel));
  }
  report.topology = request.topology;
  report.network = *std::move(network);
  report.path = *std::move(result);
  return report;
}

}  // namespace caspilink::cli
