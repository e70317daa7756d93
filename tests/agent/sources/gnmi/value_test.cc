#include "agent/sources/gnmi/value.h"

#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

using sources::form_of;
using sources::judge;
using sources::Judged;
using sources::text_number;

using codec::Quantity;
using codec::Reading;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Sent {
  const char* name;
  std::function<void(::gnmi::TypedValue&)> set;
};

class ValueFormTest : public testing::TestWithParam<Sent> {};

TEST_P(ValueFormTest, IsTheSameNumber) {
  ::gnmi::TypedValue value;
  GetParam().set(value);
  const auto number = to_number(value);
  ASSERT_TRUE(number) << number.error().message();
  EXPECT_EQ(*number, -8.53);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ValueFormTest,
    testing::Values(Sent{"Float", [](auto& v) { v.set_float_val(-8.53F); }},
                    Sent{"Double", [](auto& v) { v.set_double_val(-8.53); }},
                    Sent{"Decimal64",
                         [](auto& v) {
                           v.mutable_decimal_val()->set_digits(-853);
                           v.mutable_decimal_val()->set_precision(2);
                         }},
                    Sent{"String", [](auto& v) { v.set_string_val("-8.53"); }},
                    Sent{"PaddedString", [](auto& v) { v.set_string_val(" -8.530 "); }},
                    Sent{"Ascii", [](auto& v) { v.set_ascii_val("-8.53"); }},
                    Sent{"JsonNumber", [](auto& v) { v.set_json_val("-8.53"); }},
                    Sent{"JsonIetfString", [](auto& v) { v.set_json_ietf_val(R"("-8.53")"); }},
                    Sent{"JsonExponent", [](auto& v) { v.set_json_ietf_val("-853e-2"); }}),
    [](const auto& form) { return form.param.name; });

TEST(ValueTest, IntegersAreNumbers) {
  ::gnmi::TypedValue value;
  value.set_int_val(-7);
  EXPECT_EQ(to_number(value).value(), Number(-7));
  value.set_uint_val(7);
  EXPECT_EQ(to_number(value).value(), Number(7));
}

TEST(ValueTest, EighteenFractionDigitsKeepTheirMeaning) {
  ::gnmi::TypedValue value;
  value.mutable_decimal_val()->set_digits(1234567890123456);
  value.mutable_decimal_val()->set_precision(18);
  EXPECT_DOUBLE_EQ(**to_number(value), 1.234567890123456e-3);
  value.mutable_decimal_val()->set_precision(19);
  EXPECT_FALSE(to_number(value));
}

TEST(ValueTest, SayingNothingIsNoNumber) {
  ::gnmi::TypedValue value;
  for (const char* text : {"", "NaN", "N/A", "n/a", "unknown", "not supported", "--"}) {
    value.set_string_val(text);
    EXPECT_EQ(to_number(value).value(), Number()) << text;
  }
  value.set_json_ietf_val("null");
  EXPECT_EQ(to_number(value).value(), Number());
  value.set_double_val(kNan);
  EXPECT_EQ(to_number(value).value(), Number());
  value.set_float_val(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(to_number(value).value(), Number());
}

TEST(ValueTest, InfinitiesAreKeptForTheJudge) {
  ::gnmi::TypedValue value;
  for (const char* text : {"-inf", "-Infinity", "-INF"}) {
    value.set_string_val(text);
    EXPECT_EQ(to_number(value).value(), Number(-kInfinity)) << text;
  }
  value.set_float_val(-std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_number(value).value(), Number(-kInfinity));
}

TEST(ValueTest, WhatHoldsNoNumberIsRefused) {
  std::vector<std::function<void(::gnmi::TypedValue&)>> forms = {
      [](auto& v) { v.Clear(); },
      [](auto& v) { v.set_bool_val(true); },
      [](auto& v) { v.set_bytes_val("1234"); },
      [](auto& v) { v.mutable_leaflist_val(); },
      [](auto& v) {
        v.mutable_leaflist_val()->add_element()->set_int_val(1);
        v.mutable_leaflist_val()->add_element()->set_int_val(2);
      },
      [](auto& v) { v.set_json_val(std::string(1 << 20, ' ') + "1"); },
      [](auto& v) { v.set_proto_bytes("x"); },
      [](auto& v) { v.mutable_any_val(); },
      [](auto& v) { v.set_string_val("-8.5 dBm"); },
      [](auto& v) { v.set_string_val("0x10"); },
      [](auto& v) { v.set_string_val("1e999"); },
      [](auto& v) { v.set_string_val("+"); },
      [](auto& v) { v.set_json_val("{"); },
      [](auto& v) { v.set_json_val("[1]"); },
      [](auto& v) { v.set_json_val("true"); }};
  for (std::size_t index = 0; index < forms.size(); ++index) {
    ::gnmi::TypedValue value;
    forms[index](value);
    EXPECT_FALSE(to_number(value)) << "form " << index;
  }
}

TEST(ValueTest, AListOfOneIsItsElement) {
  ::gnmi::TypedValue value;
  value.mutable_leaflist_val()->add_element()->set_double_val(-8.5);
  EXPECT_EQ(to_number(value).value(), Number(-8.5));
}

TEST(ValueTest, AFlagIsOneOrZero) {
  const Form form = form_of(Quantity::kModuleReceiveLossOfSignal);
  ::gnmi::TypedValue value;
  value.set_bool_val(true);
  EXPECT_EQ(to_number(value, form).value(), Number(1));
  for (const char* text : {"false", "FALSE", "0"}) {
    value.set_string_val(text);
    EXPECT_EQ(to_number(value, form).value(), Number(0)) << text;
  }
  value.set_json_ietf_val("true");
  EXPECT_EQ(to_number(value, form).value(), Number(1));
  EXPECT_FALSE(text_number("true", form_of(Quantity::kOsnr))) << "no OSNR is true";
}

TEST(ValueTest, ThePathOfAProtectionSwitchIsANumber) {
  const Form form = form_of(Quantity::kProtectionActivePath);
  EXPECT_EQ(text_number("PRIMARY", form).value(), Number(1));
  EXPECT_EQ(text_number("openconfig-transport-line-protection:SECONDARY", form).value(), Number(2));
  EXPECT_FALSE(text_number("TERTIARY", form));
}

TEST(JudgeTest, ALimitSetToAPowerIsNeverNoLight) {
  EXPECT_EQ(judge(Quantity::kModuleInputPowerLowerThreshold, -40, -40),
            (Judged{Reading::kValue, -40}));
  EXPECT_EQ(judge(Quantity::kModuleInputPower, -40, -40), (Judged{Reading::kNoLight, 0}));
}

TEST(JudgeTest, NoLightIsAtOrUnderTheFloorOfAPower) {
  const Judged dark{Reading::kNoLight, 0};
  for (const double level : {-40.0, -40.01, -99.0, -kInfinity}) {
    EXPECT_EQ(judge(Quantity::kChannelInputPower, level, -40), dark) << level;
    EXPECT_EQ(judge(Quantity::kLineInputPower, level, -40), dark) << level;
  }
  EXPECT_EQ(judge(Quantity::kChannelInputPower, -39.99, -40), (Judged{Reading::kValue, -39.99}));
  EXPECT_EQ(judge(Quantity::kChannelInputPower, -40, -60), (Judged{Reading::kValue, -40}));
  // A floor is about light: a Q or a dispersion may be what it likes.
  EXPECT_EQ(judge(Quantity::kChromaticDispersion, -900, -40), (Judged{Reading::kValue, -900}));
}

TEST(JudgeTest, ABitErrorRatioOfZeroIsBelowRange) {
  EXPECT_EQ(judge(Quantity::kPreFecBer, 0, -40), (Judged{Reading::kBelowRange, 0}));
  EXPECT_EQ(judge(Quantity::kPostFecBer, 0, -40), (Judged{Reading::kBelowRange, 0}));
  EXPECT_EQ(judge(Quantity::kPreFecBer, 1e-18, -40), (Judged{Reading::kValue, 1e-18}));
  EXPECT_EQ(judge(Quantity::kChannelInputPower, 0, -40), (Judged{Reading::kValue, 0}));
}

TEST(JudgeTest, NoNumberIsNotSupported) {
  EXPECT_EQ(judge(Quantity::kOsnr, Number(), -40), (Judged{Reading::kNotSupported, 0}));
  EXPECT_EQ(judge(Quantity::kOsnr, kNan, -40), (Judged{Reading::kNotSupported, 0}));
}

TEST(JudgeTest, AnInfinityThatMeansNothingIsRefused) {
  EXPECT_FALSE(judge(Quantity::kQValue, -kInfinity, -40));
  EXPECT_FALSE(judge(Quantity::kChannelInputPower, kInfinity, -40));
}

TEST(JudgeTest, AnImpossibleValueIsPassedOnForTheCollectorToCount) {
  EXPECT_EQ(judge(Quantity::kQValue, 500, -40), (Judged{Reading::kValue, 500}));
}

}  // namespace
}  // namespace caspilink::gnmi
