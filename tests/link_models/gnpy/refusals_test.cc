// Files that are wrong, one defect each: the error names the file, the element and the key.
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/cli/gnpy_command.h"
#include "link_models/formats/gnpy/json_value.h"
#include "tests/link_models/gnpy/reference.h"

namespace caspilink::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::read_figures;
using testing::testdata;

// A folder of its own that goes when the test does.
class Scratch {
 public:
  Scratch() {
    std::string pattern = ::testing::TempDir() + "caspilink_gnpy_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file) << text;
    return file;
  }

 private:
  std::string path_;
};

json small_line() {
  return json::parse(R"({
    "elements": [
      {"uid": "West", "type": "Transceiver"},
      {"uid": "Span", "type": "Fiber", "type_variety": "G.652",
       "params": {"length": 80, "length_units": "km", "loss_coef": 0.2, "con_in": 0, "con_out": 0}},
      {"uid": "Amp", "type": "Edfa", "type_variety": "inline",
       "operational": {"gain_target": 17, "tilt_target": 0, "out_voa": 0}},
      {"uid": "East", "type": "Transceiver"}],
    "connections": [
      {"from_node": "West", "to_node": "Span"},
      {"from_node": "Span", "to_node": "Amp"},
      {"from_node": "Amp", "to_node": "East"}]})");
}

struct Files {
  json topology = small_line();
  json library = read_figures(testdata("library.json"));
  json spectrum;
  json simulation;
};

struct Defect {
  const char* name;
  std::function<void(Files&)> make;
  std::vector<std::string> named;  // parts of the message

  friend std::ostream& operator<<(std::ostream& out, const Defect& defect) {
    return out << defect.name;
  }
};

Result<GnpyReport> run(const Files& files) {
  const Scratch scratch;
  GnpyRequest request;
  request.topology = scratch.write("topology.json", files.topology.dump(1));
  request.equipment = scratch.write("library.json", files.library.dump(1));
  request.extra_configs = {testdata("measured_amplifier.json")};
  if (!files.spectrum.is_null()) {
    request.spectrum = scratch.write("spectrum.json", files.spectrum.dump(1));
  }
  if (!files.simulation.is_null()) {
    request.simulation = scratch.write("sim.json", files.simulation.dump(1));
  }
  std::vector<std::string> warnings;
  return run_gnpy(request, warnings);
}

TEST(RefusalsTest, TheSoundFilesAreAccepted) {
  Files files;
  files.spectrum = read_figures(testdata("mixed_spectrum.json"));
  files.simulation = read_figures(testdata("scattering.json"));
  const auto report = run(files);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->path.steps.size(), 4u);
}

class DefectTest : public ::testing::TestWithParam<Defect> {};

TEST_P(DefectTest, IsNamed) {
  Files files;
  GetParam().make(files);
  const auto report = run(files);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().code, ErrorCode::kInternal);
  for (const std::string& part : GetParam().named) {
    EXPECT_THAT(report.error().message(), HasSubstr(part));
  }
}

json& span(Files& files) { return files.topology["elements"][1]["params"]; }
json& amp(Files& files) { return files.topology["elements"][2]; }

INSTANTIATE_TEST_SUITE_P(
    Topology, DefectTest,
    ::testing::Values(
        Defect{"FibreRoundTheEarth",
               [](Files& files) { files.topology["elements"][1]["params"]["length"] = 50'000; },
               {"topology.json", "\"Span\"", "length", "40000 km"}},
        Defect{"GridWithoutBound",
               [](Files& files) {
                 files.simulation = {
                     {"raman_params", {{"flag", true}, {"result_spatial_resolution", 1e-6}}}};
               },
               {"sim.json", "result_spatial_resolution", "at least 1 m"}},
        Defect{"unknown_element",
               [](Files& f) { amp(f)["type"] = "Soa"; },
               {"topology.json", "\"Amp\"", "type", "\"Soa\""}},
        Defect{"unknown_parameter",
               [](Files& f) { span(f)["lenght"] = 80; },
               {"topology.json", "\"Span\"", "lenght"}},
        Defect{"missing_length",
               [](Files& f) { span(f).erase("length"); },
               {"\"Span\"", "length", "missing"}},
        Defect{"text_for_a_number",
               [](Files& f) { span(f)["length"] = "long"; },
               {"\"Span\"", "length", "\"long\""}},
        Defect{"unknown_unit",
               [](Files& f) { span(f)["length_units"] = "mi"; },
               {"\"Span\"", "length_units"}},
        Defect{"no_length", [](Files& f) { span(f)["length"] = 0; }, {"\"Span\"", "length"}},
        Defect{"loss_table_of_two_sizes",
               [](Files& f) {
                 span(f)["loss_coef"] = {{"value", {0.2}}, {"frequency", {190e12, 197e12}}};
               },
               {"\"Span\"", "loss_coef"}},
        Defect{"loss_table_too_narrow",
               [](Files& f) {
                 span(f)["loss_coef"] = {{"value", {0.2, 0.2}}, {"frequency", {193e12, 194e12}}};
               },
               {"\"Span\"", "loss", "THz"}},
        Defect{"loss_beyond_the_end",
               [](Files& f) {
                 span(f)["lumped_losses"] = {{{"position", 90}, {"loss", 1}}};
               },
               {"\"Span\"", "lumped_losses[0]", "position"}},
        Defect{"unknown_fibre",
               [](Files& f) { f.topology["elements"][1]["type_variety"] = "G.999"; },
               {"\"Span\"", "type_variety", "G.999"}},
        Defect{"unknown_amplifier",
               [](Files& f) { amp(f)["type_variety"] = "none"; },
               {"\"Amp\"", "type_variety"}},
        Defect{"unknown_setting",
               [](Files& f) { amp(f)["operational"]["gain"] = 1; },
               {"\"Amp\"", "operational", "gain"}},
        Defect{"uid_twice", [](Files& f) { amp(f)["uid"] = "Span"; }, {"\"Span\"", "twice"}},
        Defect{"connection_to_nowhere",
               [](Files& f) { f.topology["connections"][1]["to_node"] = "Moon"; },
               {"connections[1]", "to_node", "Moon"}},
        Defect{"band_without_a_channel",
               [](Files& f) {
                 f.topology["elements"][0]["params"]["design_bands"] = {
                     {{"f_min", 193e12}, {"f_max", 193.02e12}}};
                 amp(f).erase("type_variety");
                 amp(f).erase("operational");
               },
               {"\"Amp\"", "no channel"}},
        Defect{"no_way", [](Files& f) { f.topology["connections"].erase(2); }, {"Amp"}},
        Defect{
            "one_transceiver", [](Files& f) { f.topology["elements"][3]["type"] = "Fused"; }, {}},
        Defect{"pumps_without_parameters",
               [](Files& f) {
                 json& e = f.topology["elements"][1];
                 e["type"] = "RamanFiber";
                 e["operational"] = {{"temperature", 283}, {"raman_pumps", json::array()}};
               },
               {"\"Span\"", "--sim-params"}},
        Defect{"pumps_without_direction",
               [](Files& f) {
                 json& e = f.topology["elements"][1];
                 e["type"] = "RamanFiber";
                 e["operational"] = {{"temperature", 283},
                                     {"raman_pumps", {{{"power", 0.2}, {"frequency", 205e12}}}}};
               },
               {"\"Span\"", "raman_pumps[0]", "propagation_direction"}}),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Library, DefectTest,
    ::testing::Values(
        Defect{"unknown_kind",
               [](Files& f) { f.library["Laser"] = json::array(); },
               {"library.json", "Laser"}},
        Defect{"unknown_parameter",
               [](Files& f) { f.library["Edfa"][0]["colour"] = 1; },
               {"library.json", "Edfa[0]", "\"inline\"", "colour"}},
        Defect{"unknown_model",
               [](Files& f) { f.library["Edfa"][0]["type_def"] = "magic"; },
               {"\"inline\"", "type_def"}},
        Defect{"impossible_noise",
               [](Files& f) { f.library["Edfa"][0]["nf_max"] = 30; },
               {"\"inline\"", "nf_m"}},
        Defect{"missing_noise",
               [](Files& f) { f.library["Edfa"][0].erase("nf_min"); },
               {"\"inline\"", "nf_min"}},
        Defect{"side_file_missing",
               [](Files& f) { f.library["Edfa"][4]["advanced_config_from_json"] = "gone.json"; },
               {"\"measured\"", "gone.json"}},
        Defect{"stage_missing",
               [](Files& f) { f.library["Edfa"][10]["preamp_variety"] = "x"; },
               {"\"raman_and_short\"", "preamp_variety"}},
        Defect{"band_missing",
               [](Files& f) { f.library["Edfa"][14]["amplifiers"][0] = "x"; },
               {"\"c_and_l\"", "amplifiers"}},
        Defect{"two_equalisations",
               [](Files& f) { f.library["Roadm"][0]["target_psd_out_mWperGHz"] = 3e-4; },
               {"Roadm[0]", "target_psd_out_mWperGHz"}},
        Defect{"no_equalisation",
               [](Files& f) { f.library["Roadm"][0].erase("target_pch_out_db"); },
               {"Roadm[0]", "target_pch_out_db"}},
        Defect{
            "restricted_to_nothing",
            [](Files& f) { f.library["Roadm"][0]["restrictions"]["booster_variety_list"] = {"x"}; },
            {"restrictions", "x"}},
        Defect{"no_span", [](Files& f) { f.library.erase("Span"); }, {"library.json", "Span"}},
        Defect{"no_channel",
               [](Files& f) {
                 f.library["SI"][0]["f_min"] = 193e12;
                 f.library["SI"][0]["f_max"] = 193.05e12;
                 f.library["SI"][0]["spacing"] = 75e9;
               },
               {"library.json", "spacing", "no channel"}},
        Defect{"no_spectrum", [](Files& f) { f.library.erase("SI"); }, {"library.json", "SI"}}),
    [](const auto& test) { return std::string(test.param.name); });

json part(double f_min, double f_max) {
  return {{"f_min", f_min},
          {"f_max", f_max},
          {"baud_rate", 32e9},
          {"slot_width", 50e9},
          {"roll_off", 0.15}};
}

INSTANTIATE_TEST_SUITE_P(
    Light, DefectTest,
    ::testing::Values(
        Defect{"overlapping_parts",
               [](Files& f) {
                 f.spectrum["spectrum"] = {part(192e12, 193e12), part(193e12, 194e12)};
               },
               {"spectrum.json", "f_min"}},
        Defect{"slot_below_baud_rate",
               [](Files& f) {
                 f.spectrum["spectrum"] = {part(192e12, 193e12)};
                 f.spectrum["spectrum"][0]["slot_width"] = 25e9;
               },
               {"spectrum.json", "slot_width"}},
        Defect{"unknown_part_key",
               [](Files& f) {
                 f.spectrum["spectrum"] = {part(192e12, 193e12)};
                 f.spectrum["spectrum"][0]["power"] = 0;
               },
               {"spectrum.json", "spectrum[0]", "power"}},
        Defect{"outside_the_amplifiers",
               [](Files& f) { f.spectrum["spectrum"] = {part(180e12, 181e12)}; },
               {"topology.json", "no channel"}},
        Defect{"unknown_method",
               [](Files& f) { f.simulation["nli_params"]["method"] = "guess"; },
               {"sim.json", "nli_params", "method", "guess"}},
        Defect{"unknown_order",
               [](Files& f) { f.simulation["raman_params"]["order"] = 5; },
               {"sim.json", "raman_params", "order"}},
        Defect{"unknown_parameters_key",
               [](Files& f) { f.simulation["raman_params"]["steps"] = 5; },
               {"sim.json", "raman_params", "steps"}},
        Defect{"computed_channel_missing",
               [](Files& f) {
                 f.simulation["nli_params"] = {{"method", "ggn_approx"},
                                               {"computed_channels", {1, 400}}};
               },
               {"\"Span\"", "400"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(JsonTest, BrokenSyntaxIsPlacedByLineAndColumn) {
  const auto broken = formats::gnpy::parse_json("{\n  \"a\": 1,\n  \"b\": }\n}", "file.json");
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message(), HasSubstr("file.json:3:8"));
}

TEST(JsonTest, KeysGivenTwiceAreRefused) {
  const auto twice = formats::gnpy::parse_json(R"({"a": 1, "a": 2})", "file.json");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), HasSubstr("\"a\" is given twice"));
}

TEST(JsonTest, DeepNestingIsRefused) {
  EXPECT_FALSE(formats::gnpy::parse_json(std::string(100, '[') + std::string(100, ']'), "f"));
  EXPECT_FALSE(formats::gnpy::parse_json(std::string(1'000'000, '['), "f"));
}

TEST(JsonTest, EmptyAndTruncatedTextsAreRefused) {
  for (const char* text : {"", "{", "{\"a\"", "nul", "{} {}", "1e999"}) {
    EXPECT_FALSE(formats::gnpy::parse_json(text, "f")) << text;
  }
}

TEST(JsonTest, MissingFilesAreNamed) {
  const auto missing = formats::gnpy::load_json("/nowhere/file.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("/nowhere/file.json"));
}

// The same network as YANG tools write it: module names, numbers as text, lists for tables.
json as_text(const json& value) {
  if (value.is_number()) return value.dump();
  if (value.is_null()) return json::array({nullptr});
  if (!value.is_structured()) return value;
  json out = value.is_array() ? json::array() : json::object();
  for (const auto& [key, one] : value.items()) {
    if (value.is_array()) {
      out.push_back(as_text(one));
    } else {
      out[key] = as_text(one);
    }
  }
  return out;
}

TEST(YangFormTest, GivesTheSameChannels) {
  Files plain;
  span(plain)["loss_coef"] = {{"value", {0.21, 0.2}}, {"frequency", {190e12, 197e12}}};
  Files yang = plain;
  json& table = span(yang)["loss_coef_per_frequency"];
  table = {{{"frequency", 190e12}, {"loss_coef_value", 0.21}},
           {{"frequency", 197e12}, {"loss_coef_value", 0.2}}};
  span(yang).erase("loss_coef");
  json& rules = yang.library["Span"][0];
  rules["delta_power_range_dict_db"] = {{"min_value", -2}, {"max_value", 2.5}, {"step", 0.5}};
  rules.erase("delta_power_range_db");
  json& light = yang.library["SI"][0];
  light["power_range_dict_db"] = {{"min_value", 0}, {"max_value", 0}, {"step", 1}};
  light.erase("power_range_db");
  json& polynomial = yang.library["Edfa"][6]["nf_coef"];
  json terms = json::array();
  for (std::size_t i = polynomial.size(); i-- > 0;) {
    terms.push_back({{"coef_order", i}, {"nf_coef", polynomial[i]}});
  }
  polynomial = terms;
  amp(plain)["type_variety"] = amp(yang)["type_variety"] = "open_inline";
  yang.topology = as_text(yang.topology);
  yang.library = as_text(yang.library);
  for (json& element : yang.topology["elements"]) {
    element["type"] = "gnpy-network-topology:" + element["type"].get<std::string>();
  }
  yang.topology = {{"gnpy-network-topology:topology", yang.topology}};
  yang.library = {{"gnpy-eqpt-config:equipment", yang.library}};

  const auto a = run(plain);
  const auto b = run(yang);
  ASSERT_TRUE(a) << a.error().message();
  ASSERT_TRUE(b) << b.error().message();
  ASSERT_EQ(a->path.channels.size(), b->path.channels.size());
  for (std::size_t i = 0; i < a->path.channels.size(); ++i) {
    EXPECT_EQ(a->path.channels[i].gsnr, b->path.channels[i].gsnr);
    EXPECT_EQ(a->path.channels[i].signal_power, b->path.channels[i].signal_power);
  }
}

}  // namespace
}  // namespace caspilink::cli
