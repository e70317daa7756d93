#include <memory>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "proto/endpoint/credentials.h"
#include "proto/telemetry.grpc.pb.h"
#include "tests/support/certificates.h"

namespace caspilink::endpoint {
namespace {

// A server whose every call ends with UNIMPLEMENTED: enough to tell a handshake from none.
class MutualTlsTest : public testing::Test {
 protected:
  void start(const TlsFiles& files, ClientCertificate policy) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", server_credentials(files, policy).value(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  grpc::Status call(const TlsFiles& files, const std::string& expected_name = "collector") {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(expected_name);
    const auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_),
                                                   client_credentials(files).value(), arguments);
    const auto stub = telemetry::v1::Telemetry::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const auto stream = stub->Report(&context);
    stream->WritesDone();
    return stream->Finish();
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
  test::CertificateAuthority stranger_{folder_.path(), "stranger"};
  telemetry::v1::Telemetry::Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(MutualTlsTest, BothSidesOfOneAuthorityMeet) {
  start(ca_.issue_collector(), ClientCertificate::kVerified);
  EXPECT_EQ(call(ca_.issue_agent("sumgait")).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(MutualTlsTest, AClientOfAnotherAuthorityIsKeptOut) {
  start(ca_.issue_collector(), ClientCertificate::kVerified);
  TlsFiles files = stranger_.issue_agent("sumgait");
  files.ca_file = ca_.issue_collector().ca_file;  // it trusts us; we do not trust it
  EXPECT_EQ(call(files).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(MutualTlsTest, AServerOfAnotherAuthorityIsNotSpokenTo) {
  start(stranger_.issue_collector(), ClientCertificate::kUnverified);
  EXPECT_EQ(call(ca_.issue_agent("sumgait")).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(MutualTlsTest, AServerWithAnotherNameIsNotSpokenTo) {
  start(ca_.issue_collector(), ClientCertificate::kVerified);
  EXPECT_EQ(call(ca_.issue_agent("sumgait"), "impostor").error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace caspilink::endpoint
