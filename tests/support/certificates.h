// A throw-away CA and certificates for tests, made with OpenSSL in a temporary folder.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "proto/endpoint/credentials.h"

namespace caspilink::test {

// A folder that is gone with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Writes `text` to `folder`/`name` and gives the path.
std::string write_file(const std::filesystem::path& folder, const std::string& name,
                       const std::string& text);

class CertificateAuthority {
 public:
  // Files are written below `folder`, which must outlive their use.
  CertificateAuthority(std::filesystem::path folder, const std::string& name);
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // `names` as OpenSSL writes subject alternative names: "DNS:localhost", "IP:127.0.0.1",
  // "URI:caspilink://agent/sumgait". A negative lifetime makes a certificate that has expired.
  [[nodiscard]] endpoint::TlsFiles issue(const std::string& common_name,
                                         const std::vector<std::string>& names,
                                         std::chrono::seconds lifetime = std::chrono::hours(1));

  // Writes a list of what is revoked, in place of any before it, and gives its path. A negative
  // lifetime makes a list whose time is over.
  [[nodiscard]] std::string revoke(const std::vector<endpoint::TlsFiles>& certificates,
                                   std::chrono::seconds lifetime = std::chrono::hours(1));

  // The usual two.
  [[nodiscard]] endpoint::TlsFiles issue_collector();
  [[nodiscard]] endpoint::TlsFiles issue_agent(const std::string& station);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::test
