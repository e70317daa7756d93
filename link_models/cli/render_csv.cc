#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "link_models/cli/channel_fields.h"
#include "link_models/cli/report.h"

namespace caspilink::cli {

namespace {

// The figures of each channel, what pairs sharing a budget share of their lines.
std::vector<std::string> channel_texts(const budget::LinkBudget& budget) {
  std::vector<std::string> texts;
  for (const budget::ChannelBudget& channel : budget.channels) {
    fmt::memory_buffer out;
    fmt::format_to(std::back_inserter(out), "{},{}", channel.number, channel.lit ? 1 : 0);
    for (const ChannelField& field : kChannelFields) {
      const double value = field.value(channel);
      out.push_back(',');
      if (std::isfinite(value)) fmt::format_to(std::back_inserter(out), "{}", value);
    }
    // Reasons have neither commas nor quotes.
    fmt::format_to(std::back_inserter(out), ",{}", channel.infeasible);
    texts.push_back(fmt::to_string(out));
  }
  return texts;
}

}  // namespace

std::string render_csv(const Report& report) {
  std::map<const budget::LinkBudget*, std::vector<std::string>> texts;
  fmt::memory_buffer out;
  out.append(std::string_view("plant,fibre_pair,direction,number,lit"));
  for (const ChannelField& field : kChannelFields) {
    fmt::format_to(std::back_inserter(out), ",{}", field.name);
  }
  out.append(std::string_view(",infeasible\n"));
  for (const ReportRow& row : report.rows) {
    std::vector<std::string>& channels = texts[row.budget.get()];
    if (channels.empty()) channels = channel_texts(*row.budget);
    for (const std::string& channel : channels) {
      // Names in plant files have neither commas nor quotes.
      fmt::format_to(std::back_inserter(out), "{},{},{},{}\n", report.plant->name, row.fibre_pair,
                     plant::to_string(row.direction), channel);
    }
  }
  return fmt::to_string(out);
}

}  // namespace caspilink::cli
