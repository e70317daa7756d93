#include "agent/sources/module_memory/names.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace caspilink::module_memory {
namespace {

using Row = std::pair<std::uint8_t, std::string_view>;

constexpr auto kIdentifiers = std::to_array<Row>({
    {0x02, "soldered"},
    {0x03, "SFP/SFP+/SFP28"},
    {0x0C, "QSFP"},
    {0x0D, "QSFP+"},
    {0x11, "QSFP28"},
    {0x18, "QSFP-DD"},
    {0x19, "OSFP"},
    {0x1A, "SFP-DD"},
    {0x1B, "DSFP"},
    {0x1E, "QSFP+ with CMIS"},
    {0x1F, "SFP-DD with CMIS"},
    {0x80, "vendor-specific (CPO)"},
});

constexpr auto kConnectors = std::to_array<Row>({
    {0x00, "unspecified"},
    {0x01, "SC"},
    {0x06, "fibre jack"},
    {0x07, "LC"},
    {0x08, "MT-RJ"},
    {0x09, "MU"},
    {0x0B, "optical pigtail"},
    {0x0C, "MPO 1x12"},
    {0x0D, "MPO 2x16"},
    {0x21, "copper pigtail"},
    {0x22, "RJ45"},
    {0x23, "No separable connector"},
    {0x24, "MXC 2x16"},
    {0x25, "CS"},
    {0x26, "SN"},
    {0x27, "MPO 2x12"},
    {0x28, "MPO 1x16"},
});

constexpr auto kExtendedCompliance = std::to_array<Row>({
    {0x01, "100G AOC/25GAUI C2M AOC"},
    {0x02, "100GBASE-SR4/25GBASE-SR"},
    {0x03, "100GBASE-LR4/25GBASE-LR"},
    {0x04, "100GBASE-ER4/25GBASE-ER"},
    {0x05, "100GBASE-SR10"},
    {0x06, "100G CWDM4"},
    {0x07, "100G PSM4"},
    {0x0B, "100GBASE-CR4/25GBASE-CR CA-25G-L"},
    {0x0C, "25GBASE-CR CA-25G-S"},
    {0x0D, "25GBASE-CR CA-25G-N"},
    {0x10, "40GBASE-ER4"},
    {0x16, "10GBASE-T"},
    {0x17, "100G CLR4"},
    {0x1A, "100GE-DWDM2"},
    {0x1C, "10GBASE-T SR"},
    {0x1D, "5GBASE-T"},
    {0x1E, "2.5GBASE-T"},
    {0x1F, "40G SWDM4"},
    {0x20, "100G SWDM4"},
    {0x21, "100G PAM4 BiDi"},
    {0x25, "100GBASE-DR"},
    {0x26, "100G-FR/100GBASE-FR1"},
    {0x27, "100G-LR/100GBASE-LR1"},
    {0x40, "50GBASE-CR/100GBASE-CR2/200GBASE-CR4"},
    {0x41, "50GBASE-SR/100GBASE-SR2/200GBASE-SR4"},
    {0x42, "50GBASE-FR/200GBASE-DR4"},
    {0x43, "200GBASE-FR4"},
    {0x45, "50GBASE-LR"},
});

constexpr auto kSingleModeMedia = std::to_array<Row>({
    {0x04, "10GBASE-LR"},
    {0x05, "10GBASE-ER"},
    {0x07, "25GBASE-LR"},
    {0x08, "25GBASE-ER"},
    {0x09, "40GBASE-LR4"},
    {0x0B, "50GBASE-FR"},
    {0x0C, "50GBASE-LR"},
    {0x0D, "100GBASE-LR4"},
    {0x0E, "100GBASE-ER4"},
    {0x0F, "100G PSM4"},
    {0x10, "100G CWDM4"},
    {0x11, "100G 4WDM-10"},
    {0x12, "100G 4WDM-20"},
    {0x13, "100G 4WDM-40"},
    {0x14, "100GBASE-DR"},
    {0x15, "100G-FR/100GBASE-FR1"},
    {0x16, "100G-LR/100GBASE-LR1"},
    {0x17, "200GBASE-DR4"},
    {0x18, "200GBASE-FR4"},
    {0x19, "200GBASE-LR4"},
    {0x1A, "400GBASE-FR8"},
    {0x1B, "400GBASE-LR8"},
    {0x1C, "400GBASE-DR4"},
    {0x1D, "400GBASE-FR4"},
    {0x1E, "400G-LR4-10"},
    {0x3E, "400ZR DWDM amplified"},
    {0x3F, "400ZR single wavelength, unamplified"},
    {0x46, "ZR400-OFEC-16QAM"},
    {0x47, "ZR300-OFEC-8QAM"},
    {0x48, "ZR200-OFEC-QPSK"},
    {0x49, "ZR100-OFEC-QPSK"},
    {0x68, "FLEXO-8e-DPO-16QAM"},
    {0x73, "200GBASE-DR1"},
    {0x75, "400GBASE-DR2"},
    {0x77, "800GBASE-DR4"},
});

constexpr auto kMediaTypes = std::to_array<Row>({
    {0, "undefined"},
    {1, "MMF"},
    {2, "SMF"},
    {3, "passive copper"},
    {4, "active cable"},
    {5, "BASE-T"},
});

constexpr auto kModuleStates = std::to_array<Row>({
    {1, "ModuleLowPwr"},
    {2, "ModulePwrUp"},
    {3, "ModuleReady"},
    {4, "ModulePwrDn"},
    {5, "ModuleFault"},
});

// 0-9 mean the same in both standards.
constexpr auto kOpticalTechnologies = std::to_array<Row>({
    {0, "850 nm VCSEL"},
    {1, "1310 nm VCSEL"},
    {2, "1550 nm VCSEL"},
    {3, "1310 nm FP"},
    {4, "1310 nm DFB"},
    {5, "1550 nm DFB"},
    {6, "1310 nm EML"},
    {7, "1550 nm EML"},
    {8, "other"},
    {9, "1490 nm DFB"},
});

constexpr auto kQsfpCopper = std::to_array<Row>({
    {10, "copper unequalized"},
    {11, "copper passive equalized"},
    {12, "copper, near and far end limiting active equalizers"},
    {13, "copper, far end limiting active equalizers"},
    {14, "copper, near end limiting active equalizers"},
    {15, "copper, linear active equalizers"},
});

constexpr auto kCmisMore = std::to_array<Row>({
    {10, "copper passive unequalized"},
    {11, "copper passive equalized"},
    {12, "copper, near and far end limiting active equalizers"},
    {13, "copper, far end limiting active equalizers"},
    {14, "copper, near end limiting active equalizers"},
    {15, "copper, linear active equalizers"},
    {16, "C-band tunable laser"},
    {17, "L-band tunable laser"},
    {18, "copper, near and far end linear active equalizers"},
    {19, "copper, far end linear active equalizers"},
    {20, "copper, near end linear active equalizers"},
});

std::string_view find(std::span<const Row> table, std::uint8_t code) {
  const auto found = std::ranges::find(table, code, &Row::first);
  return found == table.end() ? std::string_view() : found->second;
}

}  // namespace

std::string_view identifier_name(std::uint8_t code) {
  return code > 0x80 ? "vendor-specific" : find(kIdentifiers, code);
}
std::string_view connector_name(std::uint8_t code) { return find(kConnectors, code); }
std::string_view extended_compliance_name(std::uint8_t code) {
  return find(kExtendedCompliance, code);
}
std::string_view single_mode_media_name(std::uint8_t code) { return find(kSingleModeMedia, code); }
std::string_view media_type_name(std::uint8_t code) { return find(kMediaTypes, code); }
std::string_view module_state_name(std::uint8_t code) { return find(kModuleStates, code); }
std::string_view qsfp_technology_name(std::uint8_t code) {
  return code < 10 ? find(kOpticalTechnologies, code) : find(kQsfpCopper, code);
}
std::string_view cmis_technology_name(std::uint8_t code) {
  return code < 10 ? find(kOpticalTechnologies, code) : find(kCmisMore, code);
}

}  // namespace caspilink::module_memory
