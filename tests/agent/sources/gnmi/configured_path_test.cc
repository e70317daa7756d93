// Paths that configuration gives a quantity.
#include <cmath>
#include <functional>

#include <gmock/gmock.h>

#include "agent/sources/gnmi/configuration.h"
#include "agent/sources/gnmi/mapping.h"
#include "proto/gnmi.pb.h"
#include "tests/support/gnmi_target.h"

namespace caspilink::gnmi {
namespace {

using codec::Quantity;
using codec::Reading;
using test::GnmiTarget;

constexpr std::int64_t kTime = 1'700'000'000'000'000'000;

// One target's configuration with these lines under it.
Result<TargetConfiguration> read(const std::string& lines) {
  auto file = formats::YamlFile::parse(
      "gnmi:\n  targets:\n    - name: t\n      address: \"127.0.0.1:1\"\n" + lines,
      "dir/agent.yaml");
  if (!file) return tl::unexpected(file.error());
  auto targets = read_targets(file->root().map("gnmi"));
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return targets.at(0);
}

std::unique_ptr<Mapping> mapping_of(const TargetConfiguration& target) {
  return std::make_unique<Mapping>(Mapping::Options{
      .source = target.name, .rules = target.components, .modules = false, .paths = target.paths});
}

std::vector<codec::Observation> say(Mapping& mapping, const std::string& path, double value,
                                    const std::string& origin = "") {
  auto notification = GnmiTarget::notification(kTime);
  GnmiTarget::add(notification, path).set_double_val(value);
  notification.mutable_update(0)->mutable_path()->set_origin(origin);
  std::vector<codec::Observation> observed;
  mapping.apply(notification.SerializeAsString(), kTime, observed);
  return observed;
}

constexpr const char* kPump = R"(
      paths:
        - path: "/acme:shelf/card[slot=*]/raman[name=*]/pump/power"
          quantity: pump_power
          unit: mW
          keys:
            - {key: slot, pattern: "{fibre_pair}"}
            - {key: name, pattern: "{element}"}
        - path: "/shelf/card[slot=7]/psu/current"
          origin: acme_native
          quantity: power_feed_current
          unit: mA
          element: psu-a
          stream: on_change
        - path: "/shelf/*/temperature"
          quantity: module_temperature
          factor: 0.1
          offset: -50
          keys: [{key: "*", pattern: "bay-{element}"}]
          sample_interval_s: 10
)";

TEST(ConfiguredPathTest, KeysTellThePlaceAndUnitsAreConverted) {
  const auto target = read(kPump);
  ASSERT_TRUE(target) << target.error().message();
  const auto mapping = mapping_of(*target);
  auto observed =
      say(*mapping, "/shelf/card[slot=FP02][x=1]/raman[name=transmit_1]/pump/power", 100);
  ASSERT_EQ(observed.size(), 1U) << mapping->last_problem();
  EXPECT_EQ(observed[0].point.quantity, Quantity::kPumpPower);
  EXPECT_EQ(observed[0].point.fibre_pair, "FP02");
  EXPECT_EQ(observed[0].point.element, "transmit_1");
  EXPECT_EQ(observed[0].point.component, "FP02/transmit_1");
  EXPECT_NEAR(observed[0].value, 20, 1e-12);
  observed = say(*mapping, "/shelf/card[slot=FP02]/raman[name=transmit_1]/pump/power", 0);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].reading, Reading::kNoLight) << "0 mW";

  observed = say(*mapping, "/shelf/card[slot=7]/psu/current", 1100, "acme_native");
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_DOUBLE_EQ(observed[0].value, 1.1);
  EXPECT_EQ(observed[0].point.element, "psu-a");
  EXPECT_TRUE(say(*mapping, "/shelf/card[slot=8]/psu/current", 1100, "acme_native").empty());
  EXPECT_TRUE(say(*mapping, "/shelf/card[slot=7]/psu/current", 1100).empty()) << "another origin";

  observed = say(*mapping, "/shelf/bay-3/temperature", 900);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_DOUBLE_EQ(observed[0].value, 40);
  EXPECT_EQ(observed[0].point.element, "3");
  EXPECT_TRUE(say(*mapping, "/shelf/door/temperature", 900).empty());
}

TEST(ConfiguredPathTest, AWildcardIsReadInJsonAndDeletedToo) {
  const auto target = read(kPump);
  ASSERT_TRUE(target) << target.error().message();
  const auto mapping = mapping_of(*target);
  auto notification = GnmiTarget::notification(kTime);
  GnmiTarget::add(notification, "/")
      .set_json_val(
          R"({"shelf": {"bay-1": {"temperature": 800}, "bay-2": {"temperature": 810},
          "card": [{"raman": {"name": "p1", "pump": {"power": 1}}, "slot": "FP01"}]}})");
  std::vector<codec::Observation> observed;
  mapping->apply(notification.SerializeAsString(), kTime, observed);
  ASSERT_EQ(observed.size(), 3U) << mapping->last_problem();
  EXPECT_EQ(observed[1].point.element, "2");
  EXPECT_EQ(observed[2].point.component, "FP01/p1");
  EXPECT_EQ(observed[2].value, 0);

  for (const auto& [path, count] :
       {std::pair{"/shelf/bay-1", 1}, {"/shelf/*/temperature", 2}, {"/shelf", 3}}) {
    auto gone = GnmiTarget::notification(kTime);
    GnmiTarget::add_delete(gone, path);
    observed.clear();
    mapping->apply(gone.SerializeAsString(), kTime, observed);
    EXPECT_EQ(observed.size(), static_cast<std::size_t>(count)) << path;
  }
}

TEST(ConfiguredPathTest, APathOfOpenConfigsMayBeGivenAnotherMeaning) {
  const auto target = read(R"(
      components: [{pattern: "och-{fibre_pair}-{channel}"}]
      paths:
        - path: "/components/component[name=och-FP01-9]/optical-channel/state/osnr"
          quantity: esnr
)");
  ASSERT_TRUE(target) << target.error().message();
  const auto mapping = mapping_of(*target);
  const auto of = [&](const char* name) {
    return say(*mapping,
               std::string("/components/component[name=") + name +
                   "]/optical-channel/state/osnr/avg",
               20)
        .at(0)
        .point.quantity;
  };
  EXPECT_EQ(of("och-FP01-9"), Quantity::kEsnr);
  EXPECT_EQ(of("och-FP01-8"), Quantity::kOsnr);
}

TEST(ConfiguredPathTest, WhatIsWrongIsSaidWithItsPlace) {
  const auto path = [](const std::string& keys) {
    return "\n      paths:\n        - {" + keys + "}\n";
  };
  for (const auto& [lines, message] : {
           std::pair{path(R"(path: "/a", quantity: brightness)"),
                     "dir/agent.yaml:7:34: gnmi.targets[0].paths[0].quantity: 'brightness' is no "
                     "quantity"},
           {path(R"(path: "a/b", quantity: osnr)"), "expected '/'"},
           {path(R"(path: "/a/...", quantity: osnr)"), "expected a leaf's path"},
           {path(R"(path: "/a/*[k=1]/b", quantity: osnr)"), "without keys at a '*'"},
           {path(R"(path: "/a", quantity: osnr, unit: mW)"),
            "osnr is sent in one of dB, mB, got mW"},
           {path(R"(path: "/a", quantity: line_input_power, unit: lx)"), "dBm, W, mW, uW, nW"},
           {path(R"(path: "/a", quantity: osnr, fibre_pair: FP01)"),
            "osnr is told by fibre_pair and channel"},
           {path(R"(path: "/a[k=*]", quantity: osnr, keys: [{key: n, pattern: "{channel}"}])"),
            "has no key 'n'"},
           {path(R"(path: "/a[k=*]", quantity: osnr, keys: [{key: k, pattern: "{ch}"}])"),
            "got {ch}"},
           {path(R"(path: "/a", quantity: osnr, factor: 0)"), "other than 0"},
           {path(R"(path: "/components/component[id=*]/x", quantity: osnr)"),
            "the keys of 'component' are [name]"},
           {path(R"(path: "/components/component/optical-channel/state/osnr/dB", quantity: osnr)"),
            "another path reads a leaf above"},
           {path(R"(path: "/components/component/optical-channel", quantity: osnr)"),
            "other paths go on below"},
           {std::string("\n      modules: true\n"), "nothing tells what to observe"},
           {std::string("\n      components: [{pattern: \"{fibre_pair}\"}]\n"
                        "      login: {file: secret}\n"),
            "the password would travel in plain text"},
           {std::string("\n      components: [{pattern: \"{fibre_pair}\", side: left}]\n"), "side"},
       }) {
    const auto target = read(lines);
    ASSERT_FALSE(target) << lines;
    EXPECT_THAT(target.error().message(), testing::HasSubstr(message));
    EXPECT_THAT(target.error().message(), testing::StartsWith("dir/agent.yaml:"));
  }
}

TEST(ConfiguredPathTest, FilesAreRelativeToTheConfiguration) {
  const auto target = read(R"(
      components: [{pattern: "line-{fibre_pair}"}]
      tls: {ca_file: ca.pem, certificate_file: /etc/agent.pem, key_file: keys/agent.key}
      login: {file: login}
)");
  ASSERT_TRUE(target) << target.error().message();
  EXPECT_EQ(target->tls->ca_file, "dir/ca.pem");
  EXPECT_EQ(target->tls->certificate_file, "/etc/agent.pem");
  EXPECT_EQ(target->tls->key_file, "dir/keys/agent.key");
  EXPECT_EQ(target->login_file, "dir/login");
}

}  // namespace
}  // namespace caspilink::gnmi
