#include "agent/simulator/gnmi_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/simulator/gnmi_get.h"
#include "tests/agent/simulator/gnmi_path.h"
#include "tests/agent/simulator/test_plant.h"
#include "tests/agent/simulator/test_view.h"

namespace caspilink::simulator {
namespace {

using ::testing::HasSubstr;
using testing::kStart;
using testing::path_of;
using testing::view_of;

class GnmiTreeTest : public ::testing::Test {
 protected:
  std::size_t count(std::string_view path, std::string_view prefix = "") {
    const auto selected = tree_.select(path_of(prefix), path_of(path));
    EXPECT_TRUE(selected) << selected.error().message();
    return selected ? selected->size() : 0;
  }
  grpc::Status get(std::string_view path, gnmi::Encoding encoding, gnmi::GetResponse& response,
                   const LineView& view) {
    gnmi::GetRequest request;
    *request.add_path() = path_of(path);
    request.set_encoding(encoding);
    return simulator::get(tree_, view, kStart, request, response);
  }

  LineView view_ = view_of(1);
  GnmiTree tree_{points_of(testing::test_plant(), "aktau", view_)};
};

// 2 fibre pairs x (2 channels x 14 + port 2 + two amplifiers x (5 + 4 settings)).
constexpr std::size_t kSettings = 2 * 2 * 4;
constexpr std::size_t kLeaves = 2 * (2 * 14 + 2 + 2 * 5) + kSettings;

TEST_F(GnmiTreeTest, PatternsSelectWhatTheyName) {
  EXPECT_EQ(count(""), kLeaves);
  EXPECT_EQ(count("/..."), kLeaves);
  EXPECT_EQ(count("/components"), 2U * (2 * 14 + 2));
  EXPECT_EQ(count("/components/component[name=och-FP01-4]"), 14U);
  EXPECT_EQ(count("/components/component[name=*]/optical-channel/state/q-value"), 4U);
  EXPECT_EQ(count("/components/component/optical-channel/state/q-value/instant"), 4U);
  EXPECT_EQ(count("/components/*/*/state/output-power"), 4U);
  EXPECT_EQ(count("/components/component/port/optical-port/state/input-power"), 2U);
  EXPECT_EQ(count("/.../q-value"), 4U);
  EXPECT_EQ(count("/.../state/.../instant"), kLeaves - kSettings);
  EXPECT_EQ(count("/optical-amplifier/amplifiers/amplifier[name=booster-FP02]/state"), 9U);
  EXPECT_EQ(count("/optical-amplifier/amplifiers/amplifier/state/target-output-power"), 4U);
  EXPECT_EQ(count("/optical-channel/state/osnr", "/components/component[name=och-FP02-8]"), 1U);
}

TEST_F(GnmiTreeTest, PathsThatDoNotExistSelectNothing) {
  EXPECT_EQ(count("/components/component[name=och-FP09-4]"), 0U);
  EXPECT_EQ(count("/components/component[id=och-FP01-4]"), 0U);
  EXPECT_EQ(count("/components/component[name=och-FP01-4]/optical-channel/config"), 0U);
  EXPECT_EQ(count("/components/component/optical-channel/state/q-value/instant/more"), 0U);
}

TEST_F(GnmiTreeTest, PathologicalPatternsEndAndOverlongOnesAreRefused) {
  std::string dots;
  for (int i = 0; i < 15; ++i) dots += "/.../*";
  EXPECT_EQ(count(dots + "/nothing"), 0U);
  EXPECT_FALSE(tree_.select(path_of(dots), path_of(dots)));
}

TEST_F(GnmiTreeTest, ForeignOriginIsRefused) {
  auto path = path_of("/components");
  path.set_origin("openconfig");
  EXPECT_TRUE(tree_.select({}, path));
  path.set_origin("cli");
  EXPECT_FALSE(tree_.select({}, path));
}

TEST_F(GnmiTreeTest, ValuesTakeTheFormOfTheirEncoding) {
  gnmi::TypedValue value;
  set_value(codec::Quantity::kQValue, 9.1, gnmi::PROTO, value);
  EXPECT_EQ(value.double_val(), 9.1);
  set_value(codec::Quantity::kQValue, 9.1, gnmi::JSON, value);
  EXPECT_EQ(value.json_val(), "9.1");
  set_value(codec::Quantity::kQValue, 9.1, gnmi::JSON_IETF, value);
  EXPECT_EQ(value.json_ietf_val(), "\"9.10\"");
  set_value(codec::Quantity::kPreFecBer, 1.25e-3, gnmi::JSON_IETF, value);
  EXPECT_EQ(value.json_ietf_val(), "\"0.001250000000000000\"");
  set_value(codec::Quantity::kAmplifierMode, 1, gnmi::PROTO, value);
  EXPECT_EQ(value.string_val(), "openconfig-optical-amplifier:CONSTANT_POWER");
  set_value(codec::Quantity::kAmplifierMode, 2, gnmi::JSON_IETF, value);
  EXPECT_EQ(value.json_ietf_val(), "\"openconfig-optical-amplifier:CONSTANT_GAIN\"");
  set_value(codec::Quantity::kAmplifierEnabled, 1, gnmi::PROTO, value);
  EXPECT_TRUE(value.bool_val());
  set_value(codec::Quantity::kAmplifierEnabled, 0, gnmi::JSON, value);
  EXPECT_EQ(value.json_val(), "false");
}

TEST_F(GnmiTreeTest, GetInProtoGivesAnUpdatePerLeafWithItsWholePath) {
  gnmi::GetResponse response;
  ASSERT_TRUE(get("/components/component[name=line-FP01]", gnmi::PROTO, response, view_).ok());
  ASSERT_EQ(response.notification_size(), 1);
  const auto& notification = response.notification(0);
  EXPECT_EQ(notification.timestamp(), kStart);
  ASSERT_EQ(notification.update_size(), 2);
  EXPECT_EQ(to_string(notification.update(1).path()),
            "/components/component[name=line-FP01]/port/optical-port/state/input-power/instant");
  EXPECT_NEAR(notification.update(1).val().double_val(), 0.5, 0.3);
}

TEST_F(GnmiTreeTest, GetInJsonIetfGivesASubtreePerNamedNode) {
  gnmi::GetResponse response;
  ASSERT_TRUE(get("/components/component[name=*]/optical-channel/state/q-value", gnmi::JSON_IETF,
                  response, view_)
                  .ok());
  ASSERT_EQ(response.notification(0).update_size(), 4);
  const auto& first = response.notification(0).update(0);
  EXPECT_EQ(to_string(first.path()),
            "/components/component[name=och-FP01-4]/optical-channel/state/q-value");
  const auto json = nlohmann::json::parse(first.val().json_ietf_val());
  EXPECT_NEAR(std::stod(json.at("instant").get<std::string>()), 9, 0.5);
}

TEST_F(GnmiTreeTest, GetOfTheRootInJsonIsOneObjectOfLists) {
  gnmi::GetResponse response;
  ASSERT_TRUE(get("", gnmi::JSON, response, view_).ok());
  ASSERT_EQ(response.notification(0).update_size(), 1);
  const auto json = nlohmann::json::parse(response.notification(0).update(0).val().json_val());
  const auto& components = json.at("components").at("component");
  ASSERT_EQ(components.size(), 6U);
  EXPECT_EQ(components.at(0).at("name"), "och-FP01-4");
  EXPECT_TRUE(
      components.at(0).at("optical-channel").at("state").at("osnr").at("instant").is_number());
  EXPECT_EQ(json.at("optical-amplifier").at("amplifiers").at("amplifier").size(), 4U);
}

TEST_F(GnmiTreeTest, GetOfADarkChannelLeavesOutWhatCannotBeMeasured) {
  gnmi::GetResponse response;
  ASSERT_TRUE(
      get("/components/component[name=och-FP01-4]", gnmi::PROTO, response, view_of(1, true)).ok());
  // Output power, bias and the input power at its floor.
  EXPECT_EQ(response.notification(0).update_size(), 3);
}

TEST_F(GnmiTreeTest, GetRefusesWhatItCannotServe) {
  gnmi::GetResponse response;
  EXPECT_EQ(get("/components/component[name=x]", gnmi::PROTO, response, view_).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(get("/components/component[name=*]/x", gnmi::PROTO, response, view_).ok());
  EXPECT_EQ(get("/components", gnmi::ASCII, response, view_).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  gnmi::GetRequest request;
  *request.add_path() = path_of("/components");
  request.add_use_models()->set_name("ietf-interfaces");
  request.set_encoding(gnmi::PROTO);
  EXPECT_EQ(simulator::get(tree_, view_, kStart, request, response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GnmiTreeTest, TreeHoldsNoConfiguration) {
  gnmi::GetRequest request;
  *request.add_path() = path_of("/components");
  request.set_encoding(gnmi::PROTO);
  request.set_type(gnmi::GetRequest::CONFIG);
  gnmi::GetResponse response;
  ASSERT_TRUE(simulator::get(tree_, view_, kStart, request, response).ok());
  EXPECT_EQ(response.notification(0).update_size(), 0);
}

}  // namespace
}  // namespace caspilink::simulator
