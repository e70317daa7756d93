// Code numbers of SFF-8024 and of the memory standards in words. Empty where this table does not
// know a code: the number itself is then all there is to say.
#pragma once

#include <cstdint>
#include <string_view>

namespace caspilink::module_memory {

[[nodiscard]] std::string_view identifier_name(std::uint8_t code);           // table 4-1
[[nodiscard]] std::string_view connector_name(std::uint8_t code);            // table 4-3
[[nodiscard]] std::string_view extended_compliance_name(std::uint8_t code);  // table 4-4
[[nodiscard]] std::string_view single_mode_media_name(std::uint8_t code);    // table 4-7
[[nodiscard]] std::string_view media_type_name(std::uint8_t code);           // CMIS 00h:85
[[nodiscard]] std::string_view module_state_name(std::uint8_t code);         // CMIS 00h:3
[[nodiscard]] std::string_view qsfp_technology_name(std::uint8_t code);      // SFF-8636 147
[[nodiscard]] std::string_view cmis_technology_name(std::uint8_t code);      // CMIS 00h:212

}  // namespace caspilink::module_memory
