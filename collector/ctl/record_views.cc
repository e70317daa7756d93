// What the store holds: bins, service levels, samples.
#include <algorithm>

#include <fmt/format.h>

#include "collector/ctl/table.h"
#include "collector/ctl/views.h"
#include "collector/ctl/words.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {

using endpoint::time_text;

std::string view(const wire::GetBinsResponse& bins, bool colours) {
  if (bins.bins().empty()) return "no bins\n";
  Table table({{"START"},
               {"QUANTITY"},
               {"STATION"},
               {"FIBRE PAIR"},
               {"DIRECTION"},
               {"CHANNEL", true},
               {"ELEMENT"},
               {"MIN", true},
               {"AVERAGE", true},
               {"MAX", true},
               {"LAST", true},
               {"UNIT"},
               {"SAMPLES", true},
               {"SUSPECT"}});
  const auto shown = [](bool known, double value) {
    return known ? fmt::format("{:.6g}", value) : std::string(kNothing);
  };
  for (const auto& bin : bins.bins()) {
    table.add({time_text(bin.start_unix_ns()), bin.quantity(), text(bin.station()),
               text(bin.fibre_pair()), text(bin.direction()), number(bin.channel()),
               text(bin.element()), shown(bin.has_minimum(), bin.minimum()),
               shown(bin.has_average(), bin.average()), shown(bin.has_maximum(), bin.maximum()),
               shown(bin.has_last(), bin.last()), text(bin.unit()), fmt::to_string(bin.samples()),
               bin.suspect() ? Cell("yes", Colour::kWarning) : Cell("no")});
  }
  return table.text(colours) +
         (bins.truncated() ? "there are older ones; narrow the search\n" : "");
}

std::string view(const wire::GetServiceLevelsResponse& levels, bool colours) {
  if (levels.levels().empty()) return "nothing is known of " + levels.month() + '\n';
  Table table({{"FIBRE PAIR"},
               {"AVAILABILITY %", true},
               {"UNAVAILABLE s", true},
               {"KNOWN s", true},
               {"UNKNOWN s", true},
               {"ROUND TRIP MIN ms", true},
               {"AVERAGE ms", true},
               {"MAX ms", true},
               {"LOSS %", true}});
  for (const auto& level : levels.levels()) {
    table.add({level.fibre_pair(),
               figure(level.has_availability_ratio(), level.availability_ratio() * 100, 5),
               fmt::to_string(level.unavailable_s()), fmt::to_string(level.known_s()),
               fmt::to_string(level.unknown_s()),
               milliseconds(level.has_round_trip_minimum_s(), level.round_trip_minimum_s()),
               milliseconds(level.has_round_trip_average_s(), level.round_trip_average_s()),
               milliseconds(level.has_round_trip_maximum_s(), level.round_trip_maximum_s()),
               figure(level.has_probe_loss_ratio(), level.probe_loss_ratio() * 100, 4)});
  }
  return levels.month() + '\n' + table.text(colours);
}

std::string view(std::vector<wire::Sample> samples, bool colours) {
  if (samples.empty()) return "no samples\n";
  std::ranges::stable_sort(samples, std::less{}, &wire::Sample::time_unix_ns);
  Table table({{"TIME"},
               {"STATION"},
               {"QUANTITY"},
               {"FIBRE PAIR"},
               {"CHANNEL", true},
               {"ELEMENT"},
               {"SOURCE"},
               {"STATISTIC"},
               {"VALUE", true},
               {"UNIT"}});
  for (const auto& sample : samples) {
    table.add({time_text(sample.time_unix_ns()), sample.station(), sample.quantity(),
               text(sample.fibre_pair()), number(sample.channel()), text(sample.element()),
               text(sample.source()), sample.statistic(),
               sample.has_value() ? fmt::format("{:.6g}", sample.value()) : sample.reading(),
               text(sample.unit())});
  }
  return table.text(colours);
}

}  // namespace caspilink::ctl
