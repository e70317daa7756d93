#include "collector/ingest/peer_verifier.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace caspilink::ingest {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::int64_t now() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

class PeerVerifierTest : public testing::Test {
 protected:
  static std::filesystem::path made(const std::filesystem::path& path) {
    std::filesystem::create_directories(path);
    return path;
  }
  Refusal refusal(const endpoint::TlsFiles& files, std::int64_t at = now()) {
    const auto peer = verifier_->verify(text_of(files.certificate_file), "", at);
    EXPECT_FALSE(peer);
    return peer ? Refusal{} : peer.error().reason;
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority ours_{made(folder_.path() / "ours"), "CaspiLink test CA"};
  test::CertificateAuthority theirs_{made(folder_.path() / "theirs"), "CaspiLink test CA"};
  std::unique_ptr<PeerVerifier> verifier_ =
      PeerVerifier::create(ours_.issue_collector().ca_file, {"sumgait", "aktau"}).value();
};

TEST_F(PeerVerifierTest, OurAgentsCertificateGivesItsStation) {
  const auto peer =
      verifier_->verify(text_of(ours_.issue_agent("aktau").certificate_file), "", now());
  ASSERT_TRUE(peer) << peer.error().detail;
  EXPECT_EQ(*peer, "aktau");
}

TEST_F(PeerVerifierTest, NoCertificate) {
  const auto peer = verifier_->verify("", "", now());
  ASSERT_FALSE(peer);
  EXPECT_EQ(peer.error().reason, Refusal::kNoCertificate);
}

TEST_F(PeerVerifierTest, ACertificateOfAnotherCaOfTheSameNameIsUnknown) {
  EXPECT_EQ(refusal(theirs_.issue_agent("sumgait")), Refusal::kUnknownCertificate);
}

TEST_F(PeerVerifierTest, BytesThatAreNoCertificateAreUnknown) {
  const auto peer = verifier_->verify("-----BEGIN CERTIFICATE-----\nAAAA\n", "", now());
  ASSERT_FALSE(peer);
  EXPECT_EQ(peer.error().reason, Refusal::kUnknownCertificate);
}

TEST_F(PeerVerifierTest, AnExpiredCertificate) {
  EXPECT_EQ(
      refusal(ours_.issue("agent", {"URI:caspilink://agent/sumgait"}, std::chrono::hours(-1))),
      Refusal::kExpiredCertificate);
}

TEST_F(PeerVerifierTest, TheTimeToJudgeByIsTheCallers) {
  const auto agent = ours_.issue_agent("sumgait");
  EXPECT_EQ(refusal(agent, now() + 48 * 3600 * std::int64_t{1'000'000'000}),
            Refusal::kExpiredCertificate);
}

TEST_F(PeerVerifierTest, ACertificateOfOursThatIsNoAgents) {
  EXPECT_EQ(
      refusal(ours_.issue("somebody", {"URI:https://caspilink/agent/sumgait", "DNS:localhost"})),
      Refusal::kNotAnAgent);
  EXPECT_EQ(
      refusal(ours_.issue("two", {"URI:caspilink://agent/sumgait", "URI:caspilink://agent/aktau"})),
      Refusal::kNotAnAgent);
}

TEST_F(PeerVerifierTest, AnAgentOfAStationThatIsNotOnThePlant) {
  EXPECT_EQ(refusal(ours_.issue_agent("baku")), Refusal::kUnknownStation);
}

TEST_F(PeerVerifierTest, ANewCaIsTakenUpAndABrokenOneIsNot) {
  const std::string ca = ours_.issue_collector().ca_file;
  test::CertificateAuthority next(made(folder_.path() / "next"), "CaspiLink next CA");
  const auto theirs = next.issue_agent("sumgait");
  const std::string before = text_of(ca);
  std::ofstream(ca, std::ios::trunc) << "not a certificate";
  std::filesystem::last_write_time(
      ca, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_TRUE(verifier_->verify(text_of(ours_.issue_agent("aktau").certificate_file), "", now()));
  std::ofstream(ca, std::ios::trunc) << before << text_of(theirs.ca_file);
  std::filesystem::last_write_time(
      ca, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(10));
  EXPECT_TRUE(verifier_->verify(text_of(theirs.certificate_file), "", now()));
}

TEST_F(PeerVerifierTest, ARevokedCertificateIsRefusedAndItsSuccessorIsNot) {
  const auto lost = ours_.issue_agent("aktau");
  const auto other = ours_.issue_agent("sumgait");
  const std::string list = ours_.revoke({});
  verifier_ = PeerVerifier::create(lost.ca_file, {"sumgait", "aktau"}, list).value();
  EXPECT_TRUE(verifier_->verify(text_of(lost.certificate_file), "", now()));
  const std::uint64_t generation = verifier_->generation();
  EXPECT_EQ(ours_.revoke({lost}), list);
  EXPECT_EQ(refusal(lost), Refusal::kRevokedCertificate);
  EXPECT_GT(verifier_->generation(), generation);
  EXPECT_TRUE(verifier_->verify(text_of(other.certificate_file), "", now()));
  EXPECT_TRUE(verifier_->verify(text_of(ours_.issue_agent("aktau").certificate_file), "", now()));
}

TEST_F(PeerVerifierTest, AListWhoseTimeIsOverStillCountsAndLocksNobodyElseOut) {
  const auto lost = ours_.issue_agent("aktau");
  const auto other = ours_.issue_agent("sumgait");
  const std::string list = ours_.revoke({lost}, std::chrono::hours(-1));
  verifier_ = PeerVerifier::create(lost.ca_file, {"sumgait", "aktau"}, list).value();
  EXPECT_EQ(refusal(lost), Refusal::kRevokedCertificate);
  EXPECT_TRUE(verifier_->verify(text_of(other.certificate_file), "", now()));
  // An expired certificate stays one.
  EXPECT_EQ(
      refusal(ours_.issue("agent", {"URI:caspilink://agent/sumgait"}, std::chrono::hours(-1))),
      Refusal::kExpiredCertificate);
}

// Both are trusted while the one takes over from the other, and they have the same name.
TEST_F(PeerVerifierTest, AListOfTheOldAuthorityHoldsForItsOwnAlone) {
  const auto lost = ours_.issue_agent("aktau");
  const auto next = theirs_.issue_agent("aktau");
  const std::string both =
      test::write_file(folder_.path(), "both.pem", text_of(next.ca_file) + text_of(lost.ca_file));
  verifier_ = PeerVerifier::create(both, {"aktau"}, ours_.revoke({lost})).value();
  EXPECT_EQ(refusal(lost), Refusal::kRevokedCertificate);
  const auto peer = verifier_->verify(text_of(next.certificate_file), "", now());
  EXPECT_TRUE(peer) << peer.error().detail;
}

TEST_F(PeerVerifierTest, AListOfAnotherAuthorityOrNoneAtAllIsAnErrorAndNeverReplacesAGoodOne) {
  const auto lost = ours_.issue_agent("aktau");
  const std::string foreign = theirs_.revoke({});
  const auto wrong = PeerVerifier::create(lost.ca_file, {"aktau"}, foreign);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().where, foreign);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidInput);
  EXPECT_FALSE(PeerVerifier::create(lost.ca_file, {"aktau"}, lost.certificate_file));
  EXPECT_EQ(PeerVerifier::create(lost.ca_file, {"aktau"}, foreign + ".none").error().code,
            ErrorCode::kNotFound);

  const std::string list = ours_.revoke({lost});
  verifier_ = PeerVerifier::create(lost.ca_file, {"aktau"}, list).value();
  const std::uint64_t generation = verifier_->generation();
  std::filesystem::rename(foreign, list);
  EXPECT_EQ(refusal(lost), Refusal::kRevokedCertificate);
  std::filesystem::remove(list);
  EXPECT_EQ(refusal(lost), Refusal::kRevokedCertificate);
  EXPECT_EQ(verifier_->generation(), generation);
}

TEST_F(PeerVerifierTest, ACaFileThatIsNoneIsNamedAtOnce) {
  const auto path = test::write_file(folder_.path(), "empty.pem", "");
  const auto verifier = PeerVerifier::create(path, {});
  ASSERT_FALSE(verifier);
  EXPECT_EQ(verifier.error().where, path);
}

}  // namespace
}  // namespace caspilink::ingest
