#include <iterator>

#include <fmt/format.h>

#include "link_models/cli/report.h"

namespace caspilink::cli {
namespace {

using budget::ChannelBudget;
using budget::LinkBudget;

template <typename... Args>
void print(fmt::memory_buffer& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void print_head(fmt::memory_buffer& out, const Report& report) {
  const plant::Plant& plant = *report.plant;
  print(out, "{}: {} (a) - {} (b), {:.1f} km, {}, {} fibre pairs\n", plant.name, plant.a().name,
        plant.b().name, plant::length_of(plant).value(), plant::to_string(plant.kind),
        plant.fibre_pairs.size());
  for (const plant::TransceiverMode& mode : plant.modes) {
    print(out,
          "mode {}: {}, {:.0f} Gbit/s at {:.0f} GBd, {} channels loaded: {:.2f} Tbit/s a pair\n",
          mode.name, plant::to_string(mode.format), mode.bit_rate.value() * 1e-9,
          mode.baud_rate.value() * 1e-9, plant.channels.size(),
          mode.bit_rate.value() * static_cast<double>(plant.channels.size()) * 1e-12);
  }
}

void print_summary(fmt::memory_buffer& out, const Report& report) {
  print(out,
        "\n{:<6} {:<4} {:>5} {:>8} {:>8} {:>7} {:>8} {:>8} {:>8} {:>7} {:>9} {:>7} {:>7} {:>8}\n",
        "pair", "way", "worst", "line out", "line in", "Rx", "OSNR", "SNR NLI", "GSNR", "Q",
        "pre-FEC", "margin", "margin", "one way");
  print(out,
        "{:<6} {:<4} {:>5} {:>8} {:>8} {:>7} {:>8} {:>8} {:>8} {:>7} {:>9} {:>7} {:>7} {:>8}\n", "",
        "", "chan.", "dBm", "dBm", "dBm", "dB/0.1nm", "dB", "dB", "dB", "BER", "BOL dB", "EOL dB",
        "ms");
  for (const ReportRow& row : report.rows) {
    const LinkBudget& budget = *row.budget;
    const ChannelBudget* worst = budget::worst_channel(budget);
    if (worst == nullptr) {
      print(out, "{:<6} {:<4} no channel is lit\n", row.fibre_pair,
            plant::to_string(row.direction));
      continue;
    }
    print(out,
          "{:<6} {:<4} {:>5} {:>8.2f} {:>8.2f} {:>7.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>7.2f} "
          "{:>9.2e} {:>7.2f} {:>7.2f} {:>8.4f}\n",
          row.fibre_pair, plant::to_string(row.direction), worst->number,
          budget.line_output_power.value(), budget.line_input_power.value(),
          worst->signal_power.value(), worst->osnr_01nm.value(), worst->snr_nli.value(),
          worst->gsnr.value(), worst->q.value(), worst->pre_fec_ber, worst->margin_bol.value(),
          worst->margin_eol.value(), budget.latency.value() * 1e3);
    for (const ChannelBudget& channel : budget.channels) {
      if (!channel.lit || channel.infeasible.empty()) continue;
      print(out, "{:<6} {:<4} channel {} is infeasible: {}\n", row.fibre_pair,
            plant::to_string(row.direction), channel.number, channel.infeasible);
    }
  }
  print(
      out,
      "\nOne line a fibre pair and direction, for its lit channel of least margin. line out, line "
      "in: all\nchannels together at the terminals' line ports. SNR NLI and GSNR: line alone, in "
      "the symbol-rate\nbandwidth, NLI by {}. Q, BER, margins: with the transceiver; the FEC limit "
      "is Q {:.2f} dB.\n",
      report.rows.empty() ? "no model" : report.rows.front().budget->nonlinear_model,
      report.rows.empty() ? 0.0 : report.rows.front().budget->fec_q_limit.value());
}

void print_details(fmt::memory_buffer& out, const ReportRow& row) {
  const LinkBudget& budget = *row.budget;
  print(out, "\n{} {}, element by element\n", row.fibre_pair, plant::to_string(row.direction));
  print(out, "{:<24} {:<17} {:>9} {:>8} {:>8} {:>8}\n", "element", "kind", "km from a", "in dBm",
        "out dBm", "gain dB");
  for (const budget::TraceEntry& entry : budget.trace) {
    print(out, "{:<24} {:<17} {:>9.3f} {:>8.2f} {:>8.2f} {:>8.2f}\n", entry.name, entry.kind,
          entry.from_a.value(), entry.total_power_in.value(), entry.total_power_out.value(),
          entry.gain.value());
  }
  print(out, "\n{} {}, channel by channel (* lit; NLI by {})\n", row.fibre_pair,
        plant::to_string(row.direction), budget.nonlinear_model);
  print(out, "{:>5} {:>10} {:>7} {:>7} {:>8} {:>8} {:>7} {:>7} {:>9} {:>7} {:>7} {:>9} {:>6}\n",
        "chan.", "THz", "launch", "Rx dBm", "OSNR", "SNR NLI", "GSNR", "Q dB", "BER", "BOL dB",
        "EOL dB", "CD ps/nm", "PMD ps");
  for (const ChannelBudget& channel : budget.channels) {
    print(out,
          "{:>4}{} {:>10.4f} {:>7.2f} {:>7.2f} {:>8.2f} {:>8.2f} {:>7.2f} {:>7.2f} {:>9.2e} "
          "{:>7.2f} {:>7.2f} {:>9.1f} {:>6.3f}\n",
          channel.number, channel.lit ? '*' : ' ', channel.frequency.value() * 1e-12,
          channel.launch_power.value(), channel.signal_power.value(), channel.osnr_01nm.value(),
          channel.snr_nli.value(), channel.gsnr.value(), channel.q.value(), channel.pre_fec_ber,
          channel.margin_bol.value(), channel.margin_eol.value(),
          channel.chromatic_dispersion.value(), channel.pmd.value());
  }
}

}  // namespace

std::string render_table(const Report& report) {
  fmt::memory_buffer out;
  print_head(out, report);
  print_summary(out, report);
  if (report.detailed) {
    for (const ReportRow& row : report.rows) print_details(out, row);
  }
  return fmt::to_string(out);
}

}  // namespace caspilink::cli
