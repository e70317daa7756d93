// What transceivers of a library make of the channels of a route.
#include "link_models/design/reception.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "link_models/cli/channel_fields.h"
#include "link_models/cli/gnpy_command.h"
#include "tests/link_models/gnpy/reference.h"

namespace caspilink::cli {
namespace {

using nlohmann::json;
using plant::ModulationFormat;
using testing::testdata;

GnpyReport openroadm_route(const design::ModeChoice& choice = {}) {
  GnpyRequest request;
  request.topology = testdata("openroadm.json");
  request.equipment = testdata("openroadm_library.json");
  request.spectrum = testdata("sparse_spectrum.json");
  request.receiver = choice;
  std::vector<std::string> warnings;
  auto report = run_gnpy(request, warnings);
  EXPECT_TRUE(report) << report.error().message();
  return report ? *std::move(report) : GnpyReport{};
}

TEST(ReceptionTest, PrintsTheFieldsOfCompute) {
  const GnpyReport report = openroadm_route();
  const json printed = json::parse(render_gnpy_json(report));
  const json& channels = printed.at("results").at(0).at("channels");
  ASSERT_EQ(channels.size(), 12u);
  const std::string csv = render_gnpy_csv(report);
  const std::string header = csv.substr(0, csv.find('\n')) + ",";
  for (const ChannelField& field : kChannelFields) {
    EXPECT_TRUE(channels[0].contains(field.name)) << field.name;
    std::string column(",");
    column.append(field.name).append(",");
    EXPECT_NE(header.find(column), std::string::npos) << field.name;
  }
}

// 32 GBd is told to be QPSK, GNPy's margin is SNR in 0.1 nm less penalties, required OSNR and the
// library's margin of 1 dB; penalties by hand from the mode's tables.
TEST(ReceptionTest, ReceivesByTheModeThatFits) {
  const GnpyReport report = openroadm_route();
  const design::ChannelResult& channel = report.path.channels[6];
  ASSERT_TRUE(report.receptions[6]);
  const design::Reception& reception = *report.receptions[6];
  EXPECT_EQ(reception.mode, "DP-QPSK");
  EXPECT_EQ(reception.format, ModulationFormat::kDpQpsk);
  const double cd = (channel.chromatic_dispersion.value() - 4e3) / 3.6e4 * 0.5;
  const double pdl = channel.pdl.value() * 0.5;
  EXPECT_NEAR(reception.penalty->value(), cd + pdl, 1e-12);
  EXPECT_NEAR(reception.margin->value(),
              channel.gsnr_with_transceiver_01nm.value() - cd - pdl - 12 - 1, 1e-12);
  // QPSK: Q^2 is the SNR.
  EXPECT_NEAR(reception.q->value(), channel.gsnr_with_transceiver.value() - cd - pdl, 1e-9);
  EXPECT_NEAR(reception.q_line->value(), channel.gsnr.value(), 1e-9);
  EXPECT_NEAR(*reception.pre_fec_ber,
              0.5 * std::erfc(std::pow(10, reception.q->value() / 20) / std::sqrt(2.0)), 1e-20);
}

TEST(ReceptionTest, RefusesOutsideThePenaltyTable) {
  const GnpyReport report = openroadm_route();
  ASSERT_TRUE(report.receptions[0]);
  const design::Reception& reception = *report.receptions[0];  // 64 GBd: 4000 ps/nm at most
  EXPECT_EQ(reception.mode, "DP-16QAM");
  EXPECT_NE(reception.infeasible.find("chromatic dispersion"), std::string::npos);
  EXPECT_FALSE(reception.q);
  EXPECT_FALSE(reception.margin);
  const json printed = json::parse(render_gnpy_json(report));
  const json& first = printed.at("results").at(0).at("channels").at(0);
  EXPECT_TRUE(first.at("q_db").is_null());
  EXPECT_TRUE(first.at("margin_db").is_null());
  EXPECT_EQ(first.at("infeasible"), reception.infeasible);
}

TEST(ReceptionTest, KnowsNothingWhereNoModeFits) {
  const GnpyReport report = openroadm_route();
  EXPECT_FALSE(report.receptions.back());  // 95 GBd
  const json printed = json::parse(render_gnpy_json(report));
  const json& last = printed.at("results").at(0).at("channels").back();
  for (const char* name : {"q_db", "pre_fec_ber", "margin_db", "penalty_db", "mode"}) {
    EXPECT_TRUE(last.at(name).is_null()) << name;
  }
}

TEST(ReceptionTest, ModesThatDifferNeedAChoice) {
  design::Equipment equipment;
  design::TransceiverModeData weak{.format = "a", .baud_rate = Hertz(32e9)};
  weak.required_osnr = Db(11);
  weak.min_spacing = Hertz(50e9);
  design::TransceiverModeData strong = weak;
  strong.format = "b";
  strong.required_osnr = Db(17);
  equipment.transceivers.push_back({"type", Hertz(0), Hertz(0), {weak, strong}});
  design::ChannelResult channel;
  channel.baud_rate = Hertz(32e9);
  channel.slot_width = Hertz(50e9);
  channel.gsnr_with_transceiver_01nm = Db(20);
  EXPECT_FALSE(design::receive(equipment, {}, channel));
  EXPECT_EQ(design::receive(equipment, {.mode = "b"}, channel)->margin, Db(3));
  channel.label = "a";
  EXPECT_EQ(design::receive(equipment, {}, channel)->margin, Db(9));
  channel.label = "";
  channel.slot_width = Hertz(37.5e9);
  EXPECT_FALSE(design::receive(equipment, {.mode = "b"}, channel));
  EXPECT_TRUE(design::check_choice(equipment, {.mode = "b"}));
  EXPECT_FALSE(design::check_choice(equipment, {.mode = "c"}));
  EXPECT_FALSE(design::check_choice(equipment, {.transceiver = "other"}));
}

TEST(ReceptionTest, TellsTheFormatByNameOrByBitsOfASymbol) {
  const auto told = [](const char* name, double gbps, double gbaud) {
    design::TransceiverModeData mode{.format = name, .baud_rate = Hertz(gbaud * 1e9)};
    mode.bit_rate = BitsPerSecond(gbps * 1e9);
    return design::format_of(mode);
  };
  EXPECT_EQ(told("dp_qpsk 27%", 400, 64), ModulationFormat::kDpQpsk);
  EXPECT_EQ(told("16-QAM", 100, 64), ModulationFormat::kDp16Qam);
  EXPECT_EQ(told("mode 1", 100, 32), ModulationFormat::kDpQpsk);
  EXPECT_EQ(told("mode 2", 400, 64), ModulationFormat::kDp16Qam);
  EXPECT_EQ(told("mode 3", 300, 64), std::nullopt);  // 8QAM, or shaped
  EXPECT_EQ(told("PS_SP64_1", 100, 32), std::nullopt);
  EXPECT_EQ(told("64QAM", 400, 64), std::nullopt);
}

// GNPy forgets all but one of losses at the same place in its profile, but counts them in its
// design; here two half losses are one whole.
TEST(ReceptionTest, LossesAtOnePlaceAddUp) {
  std::ifstream file(testdata("openroadm.json"));
  json topology = json::parse(file);
  const auto gsnr = [&](const json& losses) {
    for (json& element : topology.at("elements")) {
      if (element.at("uid") == "BC") element["params"]["lumped_losses"] = losses;
    }
    const auto path =
        std::filesystem::path(::testing::TempDir()) / "caspilink_lumped_losses_topology.json";
    std::ofstream(path) << topology.dump();
    GnpyRequest request;
    request.topology = path.string();
    request.equipment = testdata("openroadm_library.json");
    request.simulation = testdata("scattering.json");
    std::vector<std::string> warnings;
    const auto report = run_gnpy(request, warnings);
    std::filesystem::remove(path);
    EXPECT_TRUE(report) << report.error().message();
    return report ? report->path.channels[3].gsnr.value() : 0;
  };
  const json half = {{"position", 30}, {"loss", 0.6}};
  EXPECT_NEAR(gsnr(json::array({half, half})), gsnr({{{"position", 30}, {"loss", 1.2}}}), 1e-12);
}

}  // namespace
}  // namespace caspilink::cli
