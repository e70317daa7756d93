#include "link_models/design/light.h"

#include <fmt/format.h>

#include "link_models/design/scattering_tilt.h"

namespace caspilink::design {

std::vector<LaunchedChannel> fill(const ReferenceSpectrum& light, Dbm power) {
  std::vector<LaunchedChannel> channels;
  const std::string label = fmt::format("{:.2f}G", light.baud_rate.value() * 1e-9);
  for (const double f : fill_band({light.f_min, light.f_max, light.spacing}, light.spacing)) {
    channels.push_back({Hertz(f), light.baud_rate, light.spacing, light.roll_off,
                        light.transmitter_power.value_or(power), light.transmitter_osnr, Db(0),
                        label});
  }
  return channels;
}

}  // namespace caspilink::design
