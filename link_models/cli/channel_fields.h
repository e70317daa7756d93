// The figures of a channel as JSON and CSV name them: one table for both.
#pragma once

#include <array>

#include "link_models/budget/link_budget.h"

namespace caspilink::cli {

struct ChannelField {
  const char* name;
  double (*value)(const budget::ChannelBudget&);
};

// `lit` and `number` come first and apart, being no measures.
inline constexpr std::array kChannelFields = {
    ChannelField{"frequency_hz", [](const auto& c) { return c.frequency.value(); }},
    ChannelField{"baud_rate_hz", [](const auto& c) { return c.baud_rate.value(); }},
    ChannelField{"launch_power_dbm", [](const auto& c) { return c.launch_power.value(); }},
    ChannelField{"signal_power_dbm", [](const auto& c) { return c.signal_power.value(); }},
    ChannelField{"signal_power_line_dbm",
                 [](const auto& c) { return c.signal_power_line.value(); }},
    ChannelField{"total_power_dbm", [](const auto& c) { return c.total_power.value(); }},
    ChannelField{"total_power_line_dbm", [](const auto& c) { return c.total_power_line.value(); }},
    ChannelField{"osnr_01nm_db", [](const auto& c) { return c.osnr_01nm.value(); }},
    ChannelField{"snr_ase_db", [](const auto& c) { return c.snr_ase.value(); }},
    ChannelField{"snr_nli_db", [](const auto& c) { return c.snr_nli.value(); }},
    ChannelField{"snr_gawbs_db", [](const auto& c) { return c.snr_gawbs.value(); }},
    ChannelField{"gsnr_db", [](const auto& c) { return c.gsnr.value(); }},
    ChannelField{"gsnr_01nm_db", [](const auto& c) { return c.gsnr_01nm.value(); }},
    ChannelField{"gsnr_with_transceiver_db",
                 [](const auto& c) { return c.gsnr_with_transceiver.value(); }},
    ChannelField{"q_line_db", [](const auto& c) { return c.q_line.value(); }},
    ChannelField{"penalty_db", [](const auto& c) { return c.penalty.value(); }},
    ChannelField{"q_db", [](const auto& c) { return c.q.value(); }},
    ChannelField{"pre_fec_ber", [](const auto& c) { return c.pre_fec_ber; }},
    ChannelField{"margin_db", [](const auto& c) { return c.margin().value(); }},
    ChannelField{"margin_bol_db", [](const auto& c) { return c.margin_bol.value(); }},
    ChannelField{"margin_eol_db", [](const auto& c) { return c.margin_eol.value(); }},
    ChannelField{"chromatic_dispersion_ps_per_nm",
                 [](const auto& c) { return c.chromatic_dispersion.value(); }},
    ChannelField{"pmd_ps", [](const auto& c) { return c.pmd.value(); }},
    ChannelField{"pdl_db", [](const auto& c) { return c.pdl.value(); }},
    ChannelField{"latency_ms", [](const auto& c) { return c.latency.value() * 1e3; }},
};

}  // namespace caspilink::cli
