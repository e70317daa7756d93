#include "agent/sources/module_memory/configuration.h"

#include <filesystem>
#include <fstream>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caspilink::module_memory {
namespace {

using testing::HasSubstr;

Result<std::vector<PortConfiguration>> read(const std::string& ports) {
  auto file = formats::YamlFile::parse("modules:\n  ports:\n" + ports, "agent.yaml");
  if (!file) return tl::unexpected(file.error());
  auto found = read_ports(file->root().map("modules"));
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return found;
}

TEST(ModulesConfigurationTest, PortsWithAndWithoutAChannel) {
  const auto ports = read(
      "    - {name: zr-1, interface: eth4, fibre_pair: FP03, channel: 48, interval_s: 2.5}\n"
      "    - {name: client-1, dump_file: a.hex, no_light_at_or_below_dbm: -45}\n");
  ASSERT_TRUE(ports) << ports.error().message();
  ASSERT_EQ(ports->size(), 2U);
  const auto& first = (*ports)[0];
  EXPECT_EQ(first.interface_name, "eth4");
  EXPECT_EQ(first.options.place.source, "zr-1");
  EXPECT_EQ(first.options.place.component, "eth4");
  EXPECT_EQ(first.options.place.fibre_pair, "FP03");
  EXPECT_EQ(first.options.place.channel, 48U);
  EXPECT_EQ(first.options.interval_ns, 2'500'000'000);
  const auto& second = (*ports)[1];
  EXPECT_EQ(second.dump_file, "a.hex");
  EXPECT_EQ(second.options.place.channel, 0U);
  EXPECT_EQ(second.options.interval_ns, 5'000'000'000);
  EXPECT_EQ(second.options.mapping.no_light_at_or_below_dbm, -45);
}

struct Wrong {
  const char* name;
  std::string ports;
  std::string where;
  std::string says;
};
void PrintTo(const Wrong& example, std::ostream* out) { *out << example.name; }

class WrongModulesTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongModulesTest, IsOneErrorThatPoints) {
  const auto ports = read(GetParam().ports);
  ASSERT_FALSE(ports);
  EXPECT_THAT(ports.error().message(), HasSubstr("agent.yaml:" + GetParam().where));
  EXPECT_THAT(ports.error().message(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, WrongModulesTest,
    testing::Values(
        Wrong{"NoReader", "    - {name: a}\n", "3:7", "either interface or dump_file"},
        Wrong{"TwoReaders", "    - {name: a, interface: e, dump_file: b}\n", "3:7", "either"},
        Wrong{"NoName", "    - {interface: e}\n", "3:7", "name"},
        Wrong{"NameTwice", "    - {name: a, interface: e}\n    - {name: a, interface: f}\n", "4:14",
              "another module"},
        Wrong{"LongInterface", "    - {name: a, interface: sixteen-letters1}\n", "3:28",
              "no interface's name"},
        Wrong{"PairWithoutChannel", "    - {name: a, interface: e, fibre_pair: FP01}\n", "3:7",
              "belong together"},
        Wrong{"ChannelWithoutPair", "    - {name: a, interface: e, channel: 4}\n", "3:7",
              "belong together"},
        Wrong{"Hurry", "    - {name: a, interface: e, interval_s: 0.01}\n", "3:43", "0.1"},
        Wrong{"UnknownKey", "    - {name: a, interface: e, bus: 3}\n", "3:31", "bus"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(ModulesConfigurationTest, DumpThatDoesNotReadKeepsTheSourceFromBeingMade) {
  const auto path = std::filesystem::path(testing::TempDir()) / "modules_configuration.hex";
  std::ofstream(path) << "#@ i2c=0x50 page=lower offset=0 length=2\n03 xx\n";
  auto file = formats::YamlFile::parse("ports: [{name: a, dump_file: " + path.string() + "}]",
                                       "agent.yaml");
  ASSERT_TRUE(file);
  const auto makers = read_section(file->root());
  ASSERT_TRUE(file->finish());
  ASSERT_EQ(makers.size(), 1U);
  asio::io_context io;
  const auto source = makers[0]({io, [] { return std::int64_t{0}; }});
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().where, testing::EndsWith("modules_configuration.hex:2:4"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace caspilink::module_memory
