// A small cable for the simulator's tests: two fibre pairs, two spans, one repeater.
#pragma once

#include "link_models/plant/plant.h"

namespace caspilink::simulator::testing {

inline plant::FibreType test_fibre() {
  plant::FibreType fibre;
  fibre.name = "test fibre";
  fibre.attenuation = DbPerKm(0.155);
  fibre.dispersion = PsPerNmKm(20.5);
  fibre.pmd = PsPerSqrtKm(0.04);
  fibre.effective_area = SquareMicrometers(112);
  fibre.nonlinear_index = SquareMetersPerWatt(2.2e-20);
  return fibre;
}

inline plant::Span test_span(std::string name, double length_km) {
  plant::Span span;
  span.name = std::move(name);
  span.fibre = test_fibre();
  span.length = Kilometers(length_km);
  span.input_loss = Db(0.25);
  span.output_loss = Db(0.25);
  return span;
}

// 150 km: 76 km, repeater R1, 74 km, a preamplifier at both ends; 16 channels of which 4 and 8 lit.
inline plant::Plant test_plant() {
  plant::Plant plant;
  plant.name = "test-cable";
  plant.stations[0] = {.id = "sumgait", .name = "Sumgait", .operator_name = "A", .terminal = {}};
  plant.stations[1] = {.id = "aktau", .name = "Aktau", .operator_name = "B", .terminal = {}};
  for (auto& station : plant.stations) {
    station.terminal.preamplifier = plant::TerminalAmplifier{.name = "preamplifier",
                                                             .total_output_power = Dbm(15),
                                                             .noise_figure = Db(5),
                                                             .maximum_gain = Db(35)};
  }
  plant.fibres = {test_fibre()};
  plant::Repeater repeater;
  repeater.name = "R1";
  repeater.total_output_power = Dbm(12);
  repeater.noise_figure = Db(5);
  plant::Segment segment;
  segment.name = "sea";
  segment.elements = {test_span("S1", 76), repeater, test_span("S2", 74)};
  plant.segments = {segment};
  for (int number = 1; number <= 16; ++number) {
    plant::Channel channel;
    channel.number = number;
    channel.frequency = Hertz(193.0e12 + number * 50e9);
    channel.baud_rate = Hertz(34e9);
    channel.slot_width = Hertz(50e9);
    channel.roll_off = 0.1;
    channel.launch_power = Dbm(-1);
    plant.channels.push_back(channel);
  }
  plant::TransceiverMode mode;
  mode.name = "test mode";
  mode.format = plant::ModulationFormat::kDpQpsk;
  mode.bit_rate = BitsPerSecond(100e9);
  mode.baud_rate = Hertz(34e9);
  mode.roll_off = 0.1;
  mode.transceiver_snr = Db(18);
  plant.modes = {mode};
  plant.fibre_pairs = {{.id = "FP01", .mode = mode.name, .lit_channels = {4, 8}},
                       {.id = "FP02", .mode = mode.name, .lit_channels = {4, 8}}};
  return plant;
}

}  // namespace caspilink::simulator::testing
