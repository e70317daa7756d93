// The source against snmpsim, an agent in Python: another implementation of v2c, v3 and GETBULK.
#include <csignal>
#include <filesystem>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/sources/snmp/configuration.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"

namespace caspilink::snmp {
namespace {

constexpr const char* kProgram = "/usr/bin/snmpsimd";

class SnmpsimTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kProgram)) GTEST_SKIP() << "SKIPPED: snmpsimd is not installed";
    std::string records = "1.3.6.1.2.1.1.3.0|67|123456\n";
    for (int row = 1; row <= 40; ++row) {
      records += fmt::format("1.3.6.1.4.1.8072.9999.9999.130.1.1.2.{}|4|pfe_{}\n", row, row);
    }
    for (int row = 1; row <= 40; ++row) {
      records += fmt::format("1.3.6.1.4.1.8072.9999.9999.130.1.1.3.{}|2|{}\n", row, -row);
    }
    // The community, and v3's context, name the file.
    const auto data = folder_.path() / "data";
    std::filesystem::create_directory(data);
    std::filesystem::create_directory(folder_.path() / "cache");
    (void)test::write_file(data, "caspian.snmprec", records);
    for (const auto& [name, text] :
         {std::pair{"community", "caspian\n"}, std::pair{"auth", "authentication-passphrase\n"},
          std::pair{"priv", "privacy-passphrase\n"}}) {
      std::filesystem::permissions(test::write_file(folder_.path(), name, text),
                                   static_cast<std::filesystem::perms>(0600));
    }
    start();
  }

  ~SnmpsimTest() override {
    if (source_) {
      source_->stop();
      EXPECT_TRUE(test::run_dry(io_));
    }
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }

  void start() {
    {
      using asio::ip::udp;
      const udp::socket socket(io_, udp::endpoint(asio::ip::address_v4::loopback(), 0));
      port_ = socket.local_endpoint().port();
    }
    std::vector<std::string> arguments = {
        kProgram,
        "--data-dir=" + (folder_.path() / "data").string(),
        "--cache-dir=" + (folder_.path() / "cache").string(),
        "--v3-user=caspilink",
        "--v3-auth-key=authentication-passphrase",
        "--v3-auth-proto=SHA256",
        "--v3-priv-key=privacy-passphrase",
        "--v3-priv-proto=AES",
        fmt::format("--agent-udpv4-endpoint=127.0.0.1:{}", port_)};
    if (::geteuid() == 0) {  // as which it refuses to run
      arguments.emplace_back("--process-user=nobody");
      arguments.emplace_back("--process-group=nogroup");
      for (const auto& each : std::filesystem::recursive_directory_iterator(folder_.path())) {
        if (each.is_directory()) {
          std::filesystem::permissions(each.path(), std::filesystem::perms::all);
        }
      }
      std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
    }
    std::vector<char*> argv;
    for (std::string& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const std::string log = folder_.path() / "snmpsim.log";
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    EXPECT_EQ(posix_spawn(&process_, kProgram, &files, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
  }

  void read_over(const std::string& version) {
    auto file = formats::YamlFile::parse(
        fmt::format("snmp: {{targets: [{{name: pfe, address: \"127.0.0.1:{}\", interval_s: 0.1, "
                    "{}, profile: power-feed}}]}}\n",
                    port_, version),
        (folder_.path() / "agent.yaml").string());
    ASSERT_TRUE(file) << file.error().message();
    const auto makers = read_section(file->root().map("snmp"));
    ASSERT_TRUE(file->finish());
    source_ = makers.at(0)({.io = io_, .now_unix_ns = [] { return 1; }}).value();
    std::vector<codec::Observation> seen;
    source_->start(
        [&](auto observations) { seen.assign(observations.begin(), observations.end()); });
    ASSERT_TRUE(test::run_until(
        io_, [&] { return !seen.empty(); }, std::chrono::seconds(90)))
        << source_->health().detail;
    ASSERT_EQ(seen.size(), 40U) << "one column, and two that it does not have";
    EXPECT_EQ(seen[39].point.element, "pfe_40");
    EXPECT_NEAR(seen[39].value, -4, 1e-9);
    EXPECT_TRUE(source_->health().up);
  }

  test::TemporaryFolder folder_;
  asio::io_context io_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
  std::unique_ptr<sources::Source> source_;
};

TEST_F(SnmpsimTest, SpeaksV2c) { read_over("version: v2c, community_file: community"); }

TEST_F(SnmpsimTest, SpeaksV3) {
  read_over(
      "version: v3, user: caspilink, security: authPriv, authentication: SHA-256, "
      "authentication_file: auth, privacy_file: priv, context: caspian");
}

}  // namespace
}  // namespace caspilink::snmp
