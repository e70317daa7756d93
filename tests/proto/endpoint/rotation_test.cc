// Certificates that are exchanged on disk under open streams, with real gRPC on both sides.
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "proto/endpoint/credentials.h"
#include "proto/telemetry.grpc.pb.h"
#include "tests/support/certificates.h"

namespace caspilink::endpoint {
namespace {

namespace wire = telemetry::v1;
using testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What the log says while this lives.
class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("captured", sink_));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  [[nodiscard]] std::size_t count(const std::string& what) const {
    const std::string all = text();
    std::size_t found = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + 1)) ++found;
    return found;
  }
  // Nothing may be logging at this time.
  [[nodiscard]] std::string text() const {
    sink_->flush();  // behind what other threads have written
    return text_.str();
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::ostream_sink_mt> sink_ =
      std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
  std::shared_ptr<spdlog::logger> before_;
};

// Answers each Hello with an acknowledgement whose detail is the certificate the client came with.
class Mirror final : public wire::Telemetry::Service {
  grpc::Status Report(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<wire::CollectorMessage, wire::AgentMessage>* stream) override {
    wire::AgentMessage message;
    while (stream->Read(&message)) {
      const auto shown =
          context->auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
      wire::CollectorMessage answer;
      answer.mutable_acknowledgement()->set_detail(
          shown.empty() ? "" : std::string(shown[0].data(), shown[0].size()));
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }
};

// A stream over a connection of its own.
class Visit {
 public:
  Visit(int port, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("collector");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = wire::Telemetry::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), credentials, arguments));
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = stub_->Report(&context_);
  }

  // The certificate the server saw of us; nothing where the stream is not, or no longer, open.
  std::optional<std::string> ask() {
    wire::CollectorMessage answer;
    if (!stream_->Write(wire::AgentMessage()) || !stream_->Read(&answer)) return std::nullopt;
    return answer.acknowledgement().detail();
  }

  // The certificate we saw of the server.
  std::string server() const {
    const auto shown =
        context_.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    return shown.empty() ? "" : std::string(shown[0].data(), shown[0].size());
  }

  grpc::Status end() {
    stream_->WritesDone();
    return stream_->Finish();
  }

 private:
  std::unique_ptr<wire::Telemetry::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<wire::AgentMessage, wire::CollectorMessage>> stream_;
};

class RotationTest : public testing::Test {
 protected:
  // Files under names of their own, which are exchanged as a tool for certificates does it.
  TlsFiles install(const std::string& program, const TlsFiles& from) {
    const auto folder = folder_.path() / program;
    std::filesystem::create_directories(folder);
    const TlsFiles files{.ca_file = folder / "ca.pem",
                         .certificate_file = folder / "certificate.pem",
                         .key_file = folder / "key.pem"};
    exchange(files.ca_file, text_of(from.ca_file));
    exchange(files.certificate_file, text_of(from.certificate_file));
    exchange(files.key_file, text_of(from.key_file));
    return files;
  }
  static void exchange(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new", std::ios::binary) << text;
    std::filesystem::rename(path + ".new", path);
  }

  void start(std::shared_ptr<TlsWatch> watch) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(
        "127.0.0.1:0", server_credentials(std::move(watch), ClientCertificate::kVerified).value(),
        &port_);
    builder.RegisterService(&mirror_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  void TearDown() override { server_->Shutdown(std::chrono::system_clock::now()); }

  test::TemporaryFolder folder_;
  test::CertificateAuthority old_ca_{folder_.path(), "old-ca"};
  test::CertificateAuthority new_ca_{folder_.path(), "new-ca"};
  Mirror mirror_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(RotationTest, AnOpenStreamStaysAndANewConnectionShowsWhatIsNewOnBothSides) {
  const TlsFiles old_agent = old_ca_.issue_agent("sumgait");
  const TlsFiles old_collector = old_ca_.issue_collector();
  const TlsFiles agent = install("agent", old_agent);
  const TlsFiles collector = install("collector", old_collector);
  start(TlsWatch::open(collector).value());
  const auto credentials = client_credentials(agent).value();
  Visit first(port_, credentials);
  ASSERT_EQ(first.ask(), text_of(old_agent.certificate_file));
  EXPECT_EQ(first.server(), text_of(old_collector.certificate_file));

  // Both trust both authorities, then new certificates, then the old authority goes.
  const TlsFiles new_agent = new_ca_.issue_agent("sumgait");
  const TlsFiles new_collector = new_ca_.issue_collector();
  const std::string both = text_of(old_agent.ca_file) + text_of(new_agent.ca_file);
  exchange(agent.ca_file, both);
  exchange(collector.ca_file, both);
  exchange(agent.certificate_file, text_of(new_agent.certificate_file));
  exchange(agent.key_file, text_of(new_agent.key_file));
  Visit second(port_, credentials);
  EXPECT_EQ(second.ask(), text_of(new_agent.certificate_file));
  EXPECT_EQ(second.server(), text_of(old_collector.certificate_file));

  exchange(collector.certificate_file, text_of(new_collector.certificate_file));
  exchange(collector.key_file, text_of(new_collector.key_file));
  exchange(collector.ca_file, text_of(new_agent.ca_file));
  exchange(agent.ca_file, text_of(new_agent.ca_file));
  Visit third(port_, credentials);
  EXPECT_EQ(third.ask(), text_of(new_agent.certificate_file));
  EXPECT_EQ(third.server(), text_of(new_collector.certificate_file));

  TlsFiles late = old_agent;
  late.ca_file = agent.ca_file;
  Visit stranger(port_, client_credentials(late).value());
  EXPECT_EQ(stranger.ask(), std::nullopt) << "the old authority is not trusted any more";
  EXPECT_EQ(stranger.end().error_code(), grpc::StatusCode::UNAVAILABLE);

  EXPECT_EQ(first.ask(), text_of(old_agent.certificate_file)) << "the same stream all the while";
  EXPECT_EQ(second.ask(), text_of(new_agent.certificate_file));
  EXPECT_TRUE(first.end().ok());
  EXPECT_TRUE(second.end().ok());
  EXPECT_TRUE(third.end().ok());
}

TEST_F(RotationTest, AKeyOfAnotherCertificateIsSaidOnceAndTheOldPairStays) {
  const TlsFiles old_agent = old_ca_.issue_agent("sumgait");
  const TlsFiles old_collector = old_ca_.issue_collector();
  const TlsFiles agent = install("agent", old_agent);
  const TlsFiles collector = install("collector", old_collector);
  const auto watch = TlsWatch::open(collector).value();
  start(watch);
  const auto credentials = client_credentials(agent).value();
  Visit first(port_, credentials);
  ASSERT_TRUE(first.ask());

  const CapturedLog log;
  const TlsFiles new_collector = old_ca_.issue_collector();
  exchange(collector.certificate_file, text_of(new_collector.certificate_file));
  (void)watch->current();
  EXPECT_EQ(log.text(), "") << "its key may be on its way";
  for (int looks = 0; looks < 3; ++looks) (void)watch->current();
  EXPECT_EQ(log.count("state=refused"), 1U) << log.text();
  EXPECT_THAT(log.text(),
              HasSubstr(collector.key_file + ": is not the key of " + collector.certificate_file));
  Visit second(port_, credentials);
  EXPECT_TRUE(second.ask());
  EXPECT_EQ(second.server(), text_of(old_collector.certificate_file));

  exchange(collector.key_file, text_of(new_collector.key_file));
  Visit third(port_, credentials);
  EXPECT_TRUE(third.ask());
  EXPECT_EQ(third.server(), text_of(new_collector.certificate_file));
  EXPECT_TRUE(first.ask());
  EXPECT_EQ(log.count("state=refused"), 1U) << log.text();
  EXPECT_EQ(log.count("state=read_again"), 1U) << log.text();
  EXPECT_TRUE(first.end().ok());
  EXPECT_TRUE(second.end().ok());
  EXPECT_TRUE(third.end().ok());
}

TEST_F(RotationTest, AClientWithBrokenFilesGoesOnShowingWhatItHad) {
  const TlsFiles old_agent = old_ca_.issue_agent("sumgait");
  const TlsFiles agent = install("agent", old_agent);
  start(TlsWatch::open(old_ca_.issue_collector()).value());
  const auto credentials = client_credentials(agent).value();
  exchange(agent.certificate_file, "hush-hush");
  std::filesystem::remove(agent.ca_file);
  Visit visit(port_, credentials);
  EXPECT_EQ(visit.ask(), text_of(old_agent.certificate_file));
  EXPECT_TRUE(visit.end().ok());
}

}  // namespace
}  // namespace caspilink::endpoint
