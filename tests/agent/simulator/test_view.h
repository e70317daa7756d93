// What LineModel would say of the test cable, with figures easy to recognise.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/simulator/line_model.h"

namespace caspilink::simulator::testing {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kStart = 1'790'000'000 * kSecond;

inline LightView light() {
  LightView view;
  for (const int number : {4, 8}) {
    view.channels.push_back({.number = number,
                             .launch_power = Dbm(-1),
                             .signal_power = Dbm(-6),
                             .q = Db(9.0),
                             .esnr = Db(9.0),
                             .osnr_01nm = Db(20.0),
                             .chromatic_dispersion = PsPerNm(3075),
                             .pmd = Picoseconds(0.5),
                             .pdl = Db(0.4)});
  }
  view.line_output_power = Dbm(11);
  view.line_input_power = Dbm(0.5);
  view.preamplifier = AmplifierView{Dbm(0.5), Dbm(15)};
  view.fec_ber_threshold = 2e-2;
  view.latency = Seconds(0.00073);
  return view;
}

inline LineView view_of(std::uint64_t seed, bool dark = false, const LightView& with = light()) {
  LineView view;
  view.seed = seed;
  view.epoch_unix_ns = kStart - 1000 * kSecond;
  const auto shared = std::make_shared<const LightView>(with);
  for (const char* id : {"FP01", "FP02"}) {
    const DirectionView there{shared, dark, with.latency};
    view.pairs.push_back({id, {there, there}});
  }
  return view;
}

}  // namespace caspilink::simulator::testing
