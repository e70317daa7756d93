// Module memory written register by register, as the tables of the specifications have it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/sources/module_memory/memory_image.h"

namespace caspilink::module_memory {

class Page {
 public:
  explicit Page(PageAddress address) : address_(address) {}

  Page& u8(unsigned number, unsigned value) {
    bytes_.at(number - address_.base()) = static_cast<std::uint8_t>(value);
    return *this;
  }
  Page& u16(unsigned number, unsigned value) {
    return u8(number, value >> 8 & 0xFF).u8(number + 1, value & 0xFF);
  }
  Page& s16(unsigned number, int value) { return u16(number, static_cast<unsigned>(value)); }
  Page& u32(unsigned number, std::uint32_t value) {
    return u16(number, value >> 16).u16(number + 2, value & 0xFFFF);
  }
  Page& u64(unsigned number, std::uint64_t value) {
    return u32(number, static_cast<std::uint32_t>(value >> 32))
        .u32(number + 4, static_cast<std::uint32_t>(value));
  }
  Page& ieee754(unsigned number, float value) {
    return u32(number, std::bit_cast<std::uint32_t>(value));
  }
  // High alarm, low alarm, high warning, low warning.
  Page& limits(unsigned number, int ha, int la, int hw, int lw) {
    return s16(number, ha).s16(number + 2, la).s16(number + 4, hw).s16(number + 6, lw);
  }
  Page& text(unsigned number, unsigned length, std::string_view value) {
    for (unsigned i = 0; i < length; ++i) {
      u8(number + i, i < value.size() ? static_cast<unsigned char>(value[i]) : ' ');
    }
    return *this;
  }
  // Writes the sum of registers first to last behind them.
  Page& sum(unsigned first, unsigned last) {
    unsigned total = 0;
    for (unsigned i = first; i <= last; ++i) total += bytes_.at(i - address_.base());
    return u8(last + 1, total & 0xFF);
  }

  void put(MemoryImage& image) const {
    if (!image.put(address_, address_.base(), bytes_)) std::abort();
  }

 private:
  PageAddress address_;
  std::array<std::uint8_t, kPageBytes> bytes_{};
};

// An SFP+ for 1550 nm with internally calibrated diagnostics.
inline Page sfp_identity() {
  return Page(PageAddress::lower())
      .u8(0, 3)
      .u8(1, 4)
      .u8(2, 7)
      .u8(3, 0x20)
      .u8(11, 6)
      .u8(12, 103)
      .u8(14, 80)
      .text(20, 16, "CASPI OPTICS")
      .u8(37, 0x00)
      .u8(38, 0x0B)
      .u8(39, 0x40)
      .text(40, 16, "CO-10G-ZR")
      .text(56, 4, "B2")
      .u16(60, 1550)
      .sum(0, 62)
      .text(68, 16, "S123")
      .text(84, 8, "250131")
      .u8(92, 0x68)
      .u8(93, 0xF0)
      .u8(94, 8)
      .sum(64, 94);
}

inline Page sfp_diagnostics() {
  return Page(PageAddress::lower(kDiagnosticsI2c))
      .limits(0, 90 * 256, -10 * 256, 85 * 256, -5 * 256)
      .limits(8, 36300, 29700, 34650, 31350)
      .limits(16, 50000, 1000, 45000, 2000)
      .limits(24, 31623, 3162, 25119, 3981)
      .limits(32, 1995, 10, 1585, 16)
      .sum(0, 94)
      .s16(96, -1280)
      .u16(98, 33000)
      .u16(100, 20000)
      .u16(102, 12589)
      .u16(104, 25);
}

inline MemoryImage sfp(const Page& identity = sfp_identity(),
                       const Page& diagnostics = sfp_diagnostics()) {
  MemoryImage image;
  identity.put(image);
  diagnostics.put(image);
  return image;
}

// A QSFP28 LR4 with all monitors.
inline Page qsfp_lower() {
  return Page(PageAddress::lower())
      .u8(0, 0x11)
      .u8(1, 8)
      .u8(2, 0x02)
      .s16(22, 40 * 256)
      .u16(26, 33000)
      .u16(34, 10000)
      .u16(36, 0)
      .u16(38, 5012)
      .u16(40, 1)
      .u16(42, 20000)
      .u16(44, 21000)
      .u16(46, 22000)
      .u16(48, 23000)
      .u16(50, 12589)
      .u16(52, 12000)
      .u16(54, 0)
      .u16(56, 11000);
}

inline Page qsfp_page00() {
  return Page(PageAddress::upper(0x00))
      .u8(128, 0x11)
      .u8(129, 0xCC)
      .u8(130, 7)
      .u8(131, 0x80)
      .u8(139, 5)
      .u8(140, 0xFF)
      .u8(142, 10)
      .u8(147, 0x64)
      .text(148, 16, "CASPI OPTICS")
      .text(168, 16, "CO-100G-LR4")
      .text(184, 2, "A")
      .u16(186, 26189)
      .u16(188, 1300)
      .sum(128, 190)
      .u8(192, 3)
      .text(196, 16, "Q77")
      .text(212, 8, "240229")
      .u8(220, 0x3C)
      .u8(222, 103)
      .sum(192, 222);
}

inline Page qsfp_page03() {
  return Page(PageAddress::upper(0x03))
      .limits(128, 75 * 256, -5 * 256, 70 * 256, 0)
      .limits(144, 36300, 29700, 34650, 31350)
      .limits(176, 35481, 447, 28184, 708)
      .limits(184, 65000, 5000, 60000, 10000)
      .limits(192, 35481, 1995, 28184, 3162);
}

inline MemoryImage qsfp(const Page& lower = qsfp_lower(), const Page& page00 = qsfp_page00()) {
  MemoryImage image;
  lower.put(image);
  page00.put(image);
  qsfp_page03().put(image);
  return image;
}

// A QSFP-DD 400ZR: one media lane, VDM, coherent pages, a tunable laser; bias in steps of 8 uA.
inline Page zr_lower() {
  return Page(PageAddress::lower())
      .u8(0, 0x18)
      .u8(1, 0x52)
      .u8(2, 0)
      .u8(3, 0x07)
      .s16(14, 50 * 256)
      .u16(16, 33000)
      .s16(20, 45 * 256)
      .u8(39, 3)
      .u8(40, 14)
      .u8(85, 2)
      .u8(86, 0x11)
      .u8(87, 0x3E)
      .u8(88, 0x81)
      .u8(89, 1)
      .u8(90, 0xFF);
}

inline Page zr_page00() {
  return Page(PageAddress::upper(0x00))
      .u8(128, 0x18)
      .text(129, 16, "CASPI OPTICS")
      .text(148, 16, "CO-400ZR")
      .text(164, 2, "01")
      .text(166, 16, "Z9")
      .text(182, 8, "250601")
      .u8(200, 0xE0)
      .u8(201, 80)
      .u8(202, 0x45)
      .u8(203, 7)
      .u8(210, 0xFE)
      .u8(212, 16)
      .sum(128, 221);
}

inline Page zr_page01() {
  return Page(PageAddress::upper(0x01))
      .u16(138, 31000)
      .u16(140, 4000)
      .u8(142, 0x50)
      .u8(145, 0)
      .u8(151, 0x10)
      .u8(155, 0x40)
      .u8(159, 0x0B)
      .u8(160, 0x17)
      .u8(176, 1)
      .sum(130, 254);
}

inline Page zr_page02() {
  return Page(PageAddress::upper(0x02))
      .limits(128, 80 * 256, -5 * 256, 75 * 256, 0)
      .limits(136, 36300, 29700, 34650, 31350)
      .limits(176, 3162, 251, 2512, 316)
      .limits(184, 37500, 5000, 35000, 7500)
      .limits(192, 10000, 50, 7943, 100)
      .sum(128, 254);
}

inline Page zr_page11() {
  return Page(PageAddress::upper(0x11)).u8(128, 0x44).u16(154, 1114).u16(170, 25000).u16(186, 404);
}

inline void vdm_row(Page& descriptors, Page& values, unsigned index, unsigned where, unsigned id,
                    unsigned raw) {
  descriptors.u8(128 + 2 * index, where).u8(129 + 2 * index, id);
  values.u16(128 + 2 * index, raw);
}

inline MemoryImage zr_without_vdm_rows(const Page& page01 = zr_page01()) {
  MemoryImage image;
  zr_lower().put(image);
  zr_page00().put(image);
  page01.put(image);
  zr_page02().put(image);
  zr_page11().put(image);
  return image;
}

// In the order of no table, with a hole, a vendor's own id and an unknown one.
inline MemoryImage zr(const Page& page01 = zr_page01()) {
  MemoryImage image = zr_without_vdm_rows(page01);
  Page descriptors(PageAddress::upper(0x20)), values(PageAddress::upper(0x24));
  vdm_row(descriptors, values, 0, 0x00, 141, 0xFDB8);   // CFO -584 MHz
  vdm_row(descriptors, values, 1, 0x10, 139, 334);      // OSNR 33.4 dB
  vdm_row(descriptors, values, 3, 0x10, 140, 172);      // eSNR 17.2 dB
  vdm_row(descriptors, values, 4, 0x20, 15, 0x9200);    // BER 5.12e-4
  vdm_row(descriptors, values, 5, 0x20, 9, 0x0000);     // its minimum: no error seen
  vdm_row(descriptors, values, 6, 0x00, 134, 0x1388);   // CD 5000 ps/nm
  vdm_row(descriptors, values, 7, 0x00, 136, 213);      // DGD 2.13 ps
  vdm_row(descriptors, values, 8, 0x00, 138, 8);        // PDL 0.8 dB
  vdm_row(descriptors, values, 9, 0x00, 146, 17);       // SOP rate
  vdm_row(descriptors, values, 10, 0x00, 143, 0xFC47);  // Tx -9.53 dBm
  vdm_row(descriptors, values, 11, 0x00, 144, 0xFA8E);  // Rx total -13.94 dBm
  vdm_row(descriptors, values, 12, 0x00, 145, 0xFA73);  // Rx signal -14.21 dBm
  vdm_row(descriptors, values, 13, 0x00, 151, 106);     // Q 10.6 dB
  vdm_row(descriptors, values, 14, 0x00, 101, 0xABCD);
  vdm_row(descriptors, values, 15, 0x00, 250, 0x1234);
  vdm_row(descriptors, values, 63, 0x0F, 4, 45 * 256);  // laser temperature, of the module
  descriptors.put(image);
  values.put(image);
  Page(PageAddress::upper(0x28))
      .limits(128, 0xFFFF, 0, 0xFFFF, 0)
      .limits(136, 400, 150, 380, 160)
      .put(image);
  // Even rows in the low nibble, from bit 0: high alarm, low alarm, high warning, low warning.
  Page(PageAddress::upper(0x2C)).u8(128, 0xA0).put(image);
  Page(PageAddress::upper(0x2F)).u8(128, 0).u16(129, 10000).u8(145, 0x40).put(image);
  return image;
}

}  // namespace caspilink::module_memory
