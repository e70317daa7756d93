#include "agent/sources/module_memory/configuration.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/module_memory/kernel_reader.h"

namespace caspilink::module_memory {
namespace {

PortConfiguration read_port(formats::YamlMap map) {
  PortConfiguration port;
  ModulePlace& place = port.options.place;
  place.source = map.text("name");
  port.interface_name = map.text_or("interface", "");
  const std::string dump = map.text_or("dump_file", "");
  port.dump_file = map.file_name_or("dump_file", "");
  if (port.interface_name.empty() == port.dump_file.empty()) {
    map.problem("expected either interface or dump_file");
  } else if (port.dump_file.empty()) {
    if (const auto reader = KernelReader::open(port.interface_name); !reader) {
      map.problem("interface", reader.error().detail);
    }
  }
  place.component = dump.empty() ? port.interface_name : dump;
  place.fibre_pair = map.text_or("fibre_pair", "");
  place.channel = static_cast<std::uint32_t>(map.integer_or("channel", 0, 1, 1'000'000));
  if (place.fibre_pair.empty() != (place.channel == 0)) {
    map.problem("fibre_pair and channel belong together");
  }
  port.options.interval_ns =
      std::llround(1e9 * map.number_or("interval_s", 5, {.at_least = 0.1, .at_most = 3600}));
  port.options.mapping.no_light_at_or_below_dbm =
      map.number_or("no_light_at_or_below_dbm", -40, {.at_least = -100, .at_most = 0});
  return port;
}

Result<std::unique_ptr<sources::Source>> make_source(const PortConfiguration& port,
                                                     const sources::Context& context) {
  std::unique_ptr<ModuleReader> reader;
  if (port.dump_file.empty()) {
    auto kernel = KernelReader::open(port.interface_name);
    if (!kernel) return tl::unexpected(kernel.error());
    reader = std::move(*kernel);
  } else {
    auto dump = ImageReader::open(port.dump_file);
    if (!dump) return tl::unexpected(dump.error());
    reader = std::move(*dump);
  }
  return make_module_source(port.options, std::move(reader), context);
}

}  // namespace

std::vector<PortConfiguration> read_ports(formats::YamlMap section) {
  std::vector<PortConfiguration> ports;
  for (const formats::YamlMap& map : section.maps("ports")) {
    PortConfiguration port = read_port(map);
    const auto& name = port.options.place.source;
    if (std::ranges::any_of(ports, [&](const PortConfiguration& other) {
          return other.options.place.source == name;
        })) {
      formats::YamlMap(map).problem("name", fmt::format("'{}' names another module already", name));
    }
    ports.push_back(std::move(port));
  }
  return ports;
}

std::vector<sources::MakeSource> read_section(formats::YamlMap section) {
  std::vector<sources::MakeSource> makers;
  for (PortConfiguration& port : read_ports(std::move(section))) {
    makers.emplace_back([port = std::move(port)](const sources::Context& context) {
      return make_source(port, context);
    });
  }
  return makers;
}

}  // namespace caspilink::module_memory
