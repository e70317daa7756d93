// What one direction's amplifiers and pumps say they are set to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/fleet/fleet.h"
#include "collector/twin/followed.h"
#include "link_models/plant/plant.h"
#include "link_models/plant/settings.h"

namespace caspilink::twin {

// Whether the quantity is a setting of an amplifier, or the power of a pump.
[[nodiscard]] bool is_setting(codec::Quantity quantity);

// The power the plan has a pump send, by its name among those of a direction: "transmit-1" counts
// the sending terminal's pumps for Raman gain in the plant's order, "receive-1" the receiving
// terminal's, "transmit-ropa" and "receive-ropa" are what the terminals feed ROPAs with. Nothing
// for a pump the plant does not have.
[[nodiscard]] std::optional<Dbm> planned_pump(const plant::Plant& plant, plant::Direction direction,
                                              std::string_view element);

class DirectionSettings {
 public:
  DirectionSettings(const plant::Plant& plant, const plant::FibrePair& pair,
                    plant::Direction direction);

  // True where something is set otherwise than before. A setting that is withdrawn, or not
  // supported, is as designed again; one that is missing stays as it was. Settings within 0.005 of
  // the one in use are the same, pumps are followed as launch powers are.
  bool take(const fleet::Place& place, const fleet::Latest& latest, const FollowSettings& settings);

  // Of the line's amplifiers and the preamplifier, by their names in the line.
  [[nodiscard]] std::vector<plant::AmplifierSettings> amplifiers() const;
  [[nodiscard]] std::vector<plant::PumpSetting> pumps() const;

  // What the booster's setting does to planned launch powers, in dB: all of them by `shift`, and
  // leaning by `tilt` from the lowest channel to the highest.
  struct Sent {
    double shift_db = 0;
    double tilt_db = 0;

    friend bool operator==(const Sent&, const Sent&) = default;
  };
  [[nodiscard]] Sent sent() const;
  // An amplifier that is switched off: no light passes. Null: all are on.
  [[nodiscard]] const std::string* switched_off() const;
  // What the booster is told and cannot do, in words.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  struct Amplifier {
    plant::AmplifierSettings settings;
    bool enabled = true;
  };
  struct Pump {
    plant::PumpSetting setting;
    Followed power;
    bool moved = false;
  };
  [[nodiscard]] Sent sent(std::vector<std::string>* remarks) const;

  std::map<std::string, std::string> name_in_line_;  // by element, of amplifiers that can be set
  std::map<std::string, Amplifier> amplifiers_;      // by element, of those that say something
  std::map<std::string, Pump> pumps_;                // by element, all of the plan's
  double planned_total_dbm_ = 0;                     // of all launch powers
  std::optional<plant::Booster> booster_;
};

}  // namespace caspilink::twin
