// Against Prometheus and VictoriaMetrics themselves: six hours during which an agent could not
// report come back behind the live readings, and the query shows no gap and no double.
#include <chrono>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/remote_write/writer.h"
#include "tests/collector/remote_write/filled_store.h"

namespace caspilink::remote_write {
namespace {

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kHour_s = 3600;
constexpr std::int64_t kEvery_s = 10;

std::string program_on_path(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/"}) {
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  return "";
}

// A port that was free a moment ago.
int free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::bind(probe, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length), 0);
  ::close(probe);
  return ntohs(address.sin_port);
}

// A database in a folder of its own, ended with the test.
class Database {
 public:
  Database(std::vector<std::string> words, int port, const std::string& log) : port_(port) {
    pid_ = ::fork();
    if (pid_ == 0) {
      const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  ~Database() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  [[nodiscard]] bool ready(const char* path) const {
    for (int tries = 0; tries < 600; ++tries) {
      httplib::Client client("127.0.0.1", port_);
      const auto answer = client.Get(path);
      if (answer && answer->status == 200) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }
  // Every sample there is of the series, by time.
  [[nodiscard]] std::vector<std::pair<std::int64_t, double>> samples(std::int64_t at_s) const {
    httplib::Client client("127.0.0.1", port_);
    const auto answer = client.Get(fmt::format(
        "/api/v1/query?query=caspilink_channel_input_power_dbm%5B9h%5D&time={}&nocache=1", at_s));
    EXPECT_TRUE(answer);
    std::vector<std::pair<std::int64_t, double>> all;
    if (!answer) return all;
    const auto reply = nlohmann::json::parse(answer->body);
    for (const auto& series : reply.at("data").at("result")) {
      for (const auto& sample : series.at("values")) {
        all.emplace_back(static_cast<std::int64_t>(sample[0].get<double>()),
                         std::stod(sample[1].get<std::string>()));
      }
    }
    return all;
  }

 private:
  int port_;
  pid_t pid_ = -1;
};

class DatabasesTest : public testing::Test {
 protected:
  // One hour before the outage, six of it, a live hour while it is over; then what had waited.
  void run_through_an_outage(const ReceiverSettings& settings, const Database& database) {
    const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count() /
                             kEvery_s * kEvery_s;
    const std::int64_t begin = now - 8 * kHour_s;
    auto receiver = http_receiver(settings);
    ASSERT_TRUE(receiver) << receiver.error().message();
    auto writer = Writer::open(store_.directory(), store_.store(), test::small_plant(), settings,
                               std::move(*receiver));
    ASSERT_TRUE(writer) << writer.error().message();
    const auto write = [&] {
      const auto done = (*writer)->step(now * kNanos);
      ASSERT_TRUE(done) << done.error().message();
      ASSERT_EQ((*writer)->status().trouble, "");
    };
    store_.report(begin, begin + kHour_s, kEvery_s);
    write();
    store_.report(begin + 7 * kHour_s, begin + 7 * kHour_s + 1800, kEvery_s);  // back, live
    write();
    for (std::int64_t hour = 1; hour < 7; ++hour) {
      store_.report(begin + hour * kHour_s, begin + (hour + 1) * kHour_s, kEvery_s);
      if (hour == 3) {
        store_.report(begin + 7 * kHour_s + 1800, begin + 8 * kHour_s, kEvery_s);
        write();
      }
    }
    write();
    EXPECT_EQ((*writer)->status().too_old, 0U);
    EXPECT_EQ((*writer)->status().refused, 0U);

    std::vector<std::pair<std::int64_t, double>> expected;
    for (std::int64_t second = begin; second < now; second += kEvery_s) {
      expected.emplace_back(second, static_cast<double>(second % 1000) / 100);
    }
    std::vector<std::pair<std::int64_t, double>> found;
    for (int tries = 0; tries < 300 && found.size() < expected.size(); ++tries) {
      found = database.samples(now);
      if (found.size() < expected.size()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    }
    EXPECT_EQ(found, expected);
  }

  test::TemporaryFolder folder_;
  FilledStore store_;
};

TEST_F(DatabasesTest, PrometheusShowsNoGapAndNoDouble) {
  const std::string program = program_on_path("prometheus");
  if (program.empty()) GTEST_SKIP() << "prometheus is not installed";
  const std::string config = folder_.path() / "prometheus.yml";
  std::ofstream(config) << "storage: {tsdb: {out_of_order_time_window: 9h}}\n";
  const int port = free_port();
  const Database database({program, "--config.file=" + config,
                           "--storage.tsdb.path=" + (folder_.path() / "data").string(),
                           fmt::format("--web.listen-address=127.0.0.1:{}", port),
                           "--web.enable-remote-write-receiver"},
                          port, folder_.path() / "log");
  ASSERT_TRUE(database.ready("/-/ready"));
  run_through_an_outage({.name = "prometheus",
                         .url = database.url("/api/v1/write"),
                         .window_ns = 9 * kHour_s * kNanos},
                        database);
}

TEST_F(DatabasesTest, PrometheusRefusesWhatIsTooOldAndTakesTheRest) {
  const std::string program = program_on_path("prometheus");
  if (program.empty()) GTEST_SKIP() << "prometheus is not installed";
  const std::string config = folder_.path() / "prometheus.yml";
  std::ofstream(config) << "storage: {tsdb: {out_of_order_time_window: 1h}}\n";
  const int port = free_port();
  const Database database({program, "--config.file=" + config,
                           "--storage.tsdb.path=" + (folder_.path() / "data").string(),
                           fmt::format("--web.listen-address=127.0.0.1:{}", port),
                           "--web.enable-remote-write-receiver"},
                          port, folder_.path() / "log");
  ASSERT_TRUE(database.ready("/-/ready"));
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  const ReceiverSettings settings{.name = "prometheus", .url = database.url("/api/v1/write")};
  auto writer = Writer::open(store_.directory(), store_.store(), test::small_plant(), settings,
                             std::move(*http_receiver(settings)));
  ASSERT_TRUE(writer);
  store_.report(now - 10, now, kEvery_s);
  ASSERT_TRUE((*writer)->step(now * kNanos));
  store_.report(now - 2 * kHour_s, now - 10, kEvery_s);
  ASSERT_TRUE((*writer)->step(now * kNanos));
  const Status status = (*writer)->status();
  EXPECT_GT(status.too_old, 300U);
  EXPECT_GT(status.samples, 300U);
  EXPECT_EQ(status.too_old + status.samples, 2U * 360U);
  EXPECT_EQ(database.samples(now).size(), status.samples);
}

TEST_F(DatabasesTest, VictoriaMetricsShowsNoGapAndNoDouble) {
  const std::string program = program_on_path("victoria-metrics");
  if (program.empty()) GTEST_SKIP() << "victoria-metrics is not installed";
  const int port = free_port();
  const Database database({program, "-storageDataPath=" + (folder_.path() / "data").string(),
                           fmt::format("-httpListenAddr=127.0.0.1:{}", port),
                           "-search.latencyOffset=0s", "-search.disableCache"},
                          port, folder_.path() / "log");
  ASSERT_TRUE(database.ready("/health"));
  run_through_an_outage({.name = "victoria", .url = database.url("/api/v1/write")}, database);
}

}  // namespace
}  // namespace caspilink::remote_write
