// The HTTP endpoint with pages, a stream, passwords and TLS, over real sockets.
#include <atomic>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/socket.h>

#include "proto/endpoint/ops_server.h"
#include "tests/support/certificates.h"

namespace caspilink::endpoint {
namespace {

using testing::HasSubstr;

// bcrypt of "sturgeon", of the least cost.
constexpr const char* kUsers =
    "basic_auth_users:\n  operator: $2y$04$abcdefghijklmnopqrstuuEdb7k1VL7hwv2KiYepXoCNJQ8AAGNQa\n";

std::unique_ptr<OpsServer> start(OpsServer::Options options) {
  options.program = "caspilink-test";
  auto server = OpsServer::start(std::move(options));
  if (!server) throw std::runtime_error(server.error().message());
  return std::move(*server);
}

httplib::Client client_of(const OpsServer& server) {
  return httplib::Client(server.address().host, server.address().port);
}

OpsServer::Options streaming(const std::shared_ptr<EventChannel>& channel) {
  return {.program = "", .stream = OpsServer::Stream{.path = "/events", .channel = channel}};
}

// Reads a stream until `enough` says so of all that has come.
std::string listen(const OpsServer& server, const std::function<bool(const std::string&)>& enough) {
  std::string all;
  client_of(server).Get("/events", [&](const char* data, std::size_t size) {
    all.append(data, size);
    return !enough(all);
  });
  return all;
}

TEST(WebServerTest, APageHasItsHeadersAndAnErrorIsA503) {
  std::atomic<bool> ready = false;
  const auto server =
      start({.program = "",
             .pages = {{.path = "/",
                        .content_type = "text/html; charset=utf-8",
                        .headers = {{"Content-Security-Policy", "default-src 'none'"}},
                        .body = [&]() -> Result<std::string> {
                          if (ready) return std::string("<p>hello");
                          return fail(ErrorCode::kUnavailable, "", "not yet");
                        }}}});
  auto answer = client_of(*server).Get("/");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "not yet\n");
  ready = true;
  answer = client_of(*server).Get("/");
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "<p>hello");
  EXPECT_EQ(answer->get_header_value("Content-Security-Policy"), "default-src 'none'");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/html; charset=utf-8");
}

TEST(WebServerTest, AListenerGetsTheStateAndWhatFollows) {
  const auto channel = std::make_shared<EventChannel>(2);
  const auto server = start(streaming(channel));
  channel->state(event_text("state", "first"));
  const std::string all = listen(*server, [&](const std::string& text) {
    if (text.find("second") != std::string::npos) return true;
    if (text.find("first") != std::string::npos) channel->state(event_text("state", "second"));
    return false;
  });
  EXPECT_EQ(all, "event: state\ndata: first\n\nevent: state\ndata: second\n\n");
}

TEST(WebServerTest, ListenersLeaveScrapesTheirThreads) {
  constexpr std::size_t kListeners = 8;
  const auto channel = std::make_shared<EventChannel>(kListeners);
  const auto server = start(streaming(channel));
  channel->state(event_text("state", "on"));
  std::atomic<std::size_t> listening = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> listeners;
  for (std::size_t i = 0; i < kListeners; ++i) {
    listeners.emplace_back([&] {
      listen(*server, [&, first = true](const std::string&) mutable {
        if (std::exchange(first, false)) ++listening;
        return over.load();
      });
    });
  }
  while (listening < kListeners) std::this_thread::yield();
  const auto one_too_many = client_of(*server).Get("/events");
  ASSERT_TRUE(one_too_many);
  EXPECT_EQ(one_too_many->status, 503);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client_of(*server).Get("/metrics")->status, 200);
  over = true;
  channel->state(event_text("state", "off"));
  for (auto& thread : listeners) thread.join();
}

TEST(WebServerTest, WhoDoesNotReadLosesThePlace) {
  const auto channel = std::make_shared<EventChannel>(1);
  auto options = streaming(channel);
  options.patience = std::chrono::seconds(1);
  const auto server = start(std::move(options));
  channel->state(event_text("state", "small"));
  std::thread deaf([&] {
    listen(*server, [&](const std::string&) {
      // More than any socket's buffers; nobody reads it until the place is free again.
      channel->state(event_text("state", std::string(std::size_t{64} << 20, 'x')));
      while (channel->listeners() > 0) std::this_thread::yield();
      return true;
    });
  });
  deaf.join();
  EXPECT_EQ(channel->listeners(), 0U);
}

TEST(WebServerTest, EndingEndsItsStreams) {
  const auto channel = std::make_shared<EventChannel>(1);
  auto server = start(streaming(channel));
  channel->state(event_text("state", "on"));
  std::atomic<bool> listening = false;
  std::thread listener([&, url = server->address()] {
    httplib::Client(url.host, url.port).Get("/events", [&](const char*, std::size_t) {
      listening = true;
      return true;
    });
  });
  while (!listening) std::this_thread::yield();
  server.reset();
  listener.join();
}

class WebFileTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    return test::write_file(folder_.path(), "web.yaml", text);
  }
  // Replaces it as an editor does, so that it is another file for sure.
  void replace(const std::string& text) {
    std::filesystem::rename(test::write_file(folder_.path(), "web.new", text),
                            folder_.path() / "web.yaml");
  }
  std::string tls_of(const TlsFiles& files, const std::string& more = "") {
    return "tls_server_config:\n  cert_file: " + files.certificate_file +
           "\n  key_file: " + files.key_file + "\n" + more;
  }
  httplib::Client https(const OpsServer& server, const TlsFiles& files, bool with_certificate) {
    httplib::Client client =
        with_certificate ? httplib::Client(server.url(), files.certificate_file, files.key_file)
                         : httplib::Client(server.url());
    client.set_ca_cert_path(files.ca_file.c_str());
    return client;
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
};

TEST_F(WebFileTest, APasswordIsAskedForButNotOfProbes) {
  const auto server = start({.program = "", .web_config_file = write(kUsers)});
  auto client = client_of(*server);
  auto answer = client.Get("/metrics");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_THAT(answer->get_header_value("WWW-Authenticate"), HasSubstr("Basic realm="));
  EXPECT_EQ(client.Get("/healthz")->status, 200);
  EXPECT_EQ(client.Get("/readyz")->status, 200);
  EXPECT_EQ(client.Get("/no-such-page")->status, 401);
  client.set_basic_auth("operator", "beluga");
  EXPECT_EQ(client.Get("/metrics")->status, 401);
  client.set_basic_auth("operator", "sturgeon");
  EXPECT_EQ(client.Get("/metrics")->status, 200);
}

TEST_F(WebFileTest, AChangedFileCountsAndABadOneDoesNot) {
  const auto server = start({.program = "", .web_config_file = write(kUsers)});
  auto client = client_of(*server);
  client.set_basic_auth("operator", "sturgeon");
  EXPECT_EQ(client.Get("/metrics")->status, 200);
  std::string renamed = kUsers;
  renamed.replace(renamed.find("operator"), 8, "watchman");
  replace(renamed);
  EXPECT_EQ(client.Get("/metrics")->status, 401);
  client.set_basic_auth("watchman", "sturgeon");
  EXPECT_EQ(client.Get("/metrics")->status, 200);
  replace("basic_auth_users: nonsense\n");
  EXPECT_EQ(client.Get("/metrics")->status, 200);
}

TEST_F(WebFileTest, TlsWithAStreamBehindAPassword) {
  const TlsFiles files = ca_.issue("collector", {"DNS:localhost", "IP:127.0.0.1"});
  const auto channel = std::make_shared<EventChannel>(1);
  auto options = streaming(channel);
  options.web_config_file = write(tls_of(files, "  min_version: TLS13\n") + kUsers);
  const auto server = start(std::move(options));
  EXPECT_THAT(server->url(), testing::StartsWith("https://"));
  channel->state(event_text("state", "on"));
  auto client = https(*server, files, false);
  client.set_basic_auth("operator", "sturgeon");
  std::string all;
  client.Get("/events", [&](const char* data, std::size_t size) {
    all.append(data, size);
    return all.find("on") == std::string::npos;
  });
  EXPECT_THAT(all, HasSubstr("data: on"));
  EXPECT_FALSE(client_of(*server).Get("/metrics")) << "plain HTTP has no business here";
}

TEST_F(WebFileTest, AClientCertificateIsAskedOfEverybody) {
  const TlsFiles files = ca_.issue("collector", {"IP:127.0.0.1"});
  const auto server =
      start({.program = "",
             .web_config_file = write(tls_of(files,
                                             "  client_auth_type: RequireAndVerifyClientCert\n"
                                             "  client_ca_file: " +
                                                 files.ca_file + "\n"))});
  EXPECT_FALSE(https(*server, files, false).Get("/healthz"));
  const auto answer = https(*server, files, true).Get("/metrics");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200);

  std::filesystem::create_directory(folder_.path() / "other");
  test::CertificateAuthority stranger(folder_.path() / "other", "stranger");
  TlsFiles foreign = stranger.issue("nobody", {"IP:127.0.0.1"});
  foreign.ca_file = files.ca_file;
  EXPECT_FALSE(https(*server, foreign, true).Get("/metrics"));
}

// What each client_auth_type lets in, as crypto/tls of Go has it.
TEST_F(WebFileTest, EachModeLetsInWhomItSays) {
  const TlsFiles files = ca_.issue("collector", {"IP:127.0.0.1"});
  std::filesystem::create_directory(folder_.path() / "other");
  test::CertificateAuthority stranger(folder_.path() / "other", "stranger");
  TlsFiles foreign = stranger.issue("nobody", {"IP:127.0.0.1"});
  foreign.ca_file = files.ca_file;
  const TlsFiles expired = ca_.issue("late", {"IP:127.0.0.1"}, std::chrono::hours(-1));
  struct Mode {
    const char* name;
    bool verifies, nobody, anybody, late, ours;
  };
  for (const Mode& mode : {Mode{"NoClientCert", false, true, true, true, true},
                           Mode{"RequestClientCert", false, true, true, true, true},
                           Mode{"RequireAnyClientCert", false, false, true, true, true},
                           Mode{"VerifyClientCertIfGiven", true, true, false, false, true},
                           Mode{"RequireAndVerifyClientCert", true, false, false, false, true}}) {
    SCOPED_TRACE(mode.name);
    std::string more = std::string("  client_auth_type: ") + mode.name + "\n";
    if (mode.verifies) more += "  client_ca_file: " + files.ca_file + "\n";
    const auto server = start({.program = "", .web_config_file = write(tls_of(files, more))});
    const auto let_in = [&](httplib::Client client) {
      const auto answer = client.Get("/metrics");
      return answer && answer->status == 200;
    };
    EXPECT_EQ(let_in(https(*server, files, false)), mode.nobody);
    EXPECT_EQ(let_in(https(*server, foreign, true)), mode.anybody);
    EXPECT_EQ(let_in(https(*server, expired, true)), mode.late);
    EXPECT_EQ(let_in(https(*server, files, true)), mode.ours);
  }
}

TEST_F(WebFileTest, OnlyTheVersionsGivenAreSpoken) {
  const TlsFiles files = ca_.issue("collector", {"IP:127.0.0.1"});
  struct Case {
    const char* more;
    bool tls11, tls12, tls13;
  };
  for (const Case& each :
       {Case{"", false, true, true}, Case{"  min_version: TLS12\n", false, true, true},
        Case{"  min_version: TLS13\n", false, false, true},
        Case{"  max_version: TLS12\n", false, true, false},
        Case{"  min_version: TLS13\n  max_version: TLS13\n", false, false, true}}) {
    SCOPED_TRACE(each.more);
    const auto server = start({.program = "", .web_config_file = write(tls_of(files, each.more))});
    const auto speaks = [&](int version) {
      httplib::SSLClient client(server->address().host, server->address().port);
      client.set_ca_cert_path(files.ca_file.c_str());
      // Without this OpenSSL itself refuses the oldest, and the server would not be asked.
      SSL_CTX_set_security_level(client.ssl_context(), 0);
      EXPECT_EQ(SSL_CTX_set_min_proto_version(client.ssl_context(), version), 1);
      EXPECT_EQ(SSL_CTX_set_max_proto_version(client.ssl_context(), version), 1);
      const auto answer = client.Get("/healthz");
      return answer && answer->status == 200;
    };
    EXPECT_EQ(speaks(TLS1_1_VERSION), each.tls11);
    EXPECT_EQ(speaks(TLS1_2_VERSION), each.tls12);
    EXPECT_EQ(speaks(TLS1_3_VERSION), each.tls13);
  }
}

TEST_F(WebFileTest, OnlyThePasswordOfTheUserCountsWhateverElseTheFileHolds) {
  const TlsFiles files = ca_.issue("collector", {"IP:127.0.0.1"});
  const auto server = start({.program = "",
                             .web_config_file = write(tls_of(files) + kUsers +
                                                      "  wall: $2y$04$abcdefghijklmnopqrstuuEdb7k1V"
                                                      "L7hwv2KiYepXoCNJQ8AAGNQa\n")});
  const auto status = [&](const char* name, const char* password) {
    auto client = https(*server, files, false);
    client.set_basic_auth(name, password);
    const auto answer = client.Get("/metrics");
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(status("operator", "sturgeon"), 200);
  EXPECT_EQ(status("wall", "sturgeon"), 200);
  EXPECT_EQ(status("wall", "sturgeo"), 401);
  EXPECT_EQ(status("nobody", "sturgeon"), 401);
  EXPECT_EQ(status("operator", ""), 401);
  EXPECT_EQ(https(*server, files, false).Get("/metrics")->status, 401);
}

TEST_F(WebFileTest, ARenewedCertificateIsUsedByTheNextConnection) {
  const TlsFiles old = ca_.issue("old", {"IP:127.0.0.1"});
  const auto server = start({.program = "", .web_config_file = write(tls_of(old))});
  EXPECT_TRUE(https(*server, old, false).Get("/healthz"));
  std::filesystem::create_directory(folder_.path() / "new");
  test::CertificateAuthority other(folder_.path() / "new", "other");
  const TlsFiles renewed = other.issue("renewed", {"IP:127.0.0.1"});
  replace(tls_of(renewed));
  EXPECT_FALSE(https(*server, old, false).Get("/healthz"));
  EXPECT_TRUE(https(*server, renewed, false).Get("/healthz"));
}

TEST_F(WebFileTest, NothingListensWithABadFile) {
  const auto problem = [&](const std::string& text) {
    const auto server = OpsServer::start({.program = "x", .web_config_file = write(text)});
    EXPECT_FALSE(server);
    return server ? "" : server.error().message();
  };
  EXPECT_THAT(problem("tls_server_config:\n  cert_file: none.pem\n  key_file: none.key\n"),
              HasSubstr("none.pem"));
  EXPECT_THAT(problem("basic_auth_users:\n  operator: secret\n"), HasSubstr("web.yaml:2:13"));
  const TlsFiles one = ca_.issue("one", {"IP:127.0.0.1"});
  const TlsFiles two = ca_.issue("two", {"IP:127.0.0.1"});
  EXPECT_THAT(problem(tls_of({.certificate_file = one.certificate_file, .key_file = two.key_file})),
              HasSubstr("is not the key of"));
}

}  // namespace
}  // namespace caspilink::endpoint
