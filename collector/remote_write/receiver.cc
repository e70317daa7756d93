#include "collector/remote_write/receiver.h"

#include <charconv>
#include <fstream>

#include <fmt/format.h>
#include <httplib.h>

#include "collector/remote_write/url.h"

namespace caspilink::remote_write {
namespace {

constexpr std::size_t kLongestDetail = 200;
constexpr std::int64_t kNanos = 1'000'000'000;

class HttpReceiver final : public Receiver {
 public:
  HttpReceiver(const ReceiverSettings& settings, Url url)
      : settings_(settings), url_(std::move(url)), client_(url_.origin) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    const auto seconds = static_cast<time_t>(settings.timeout_ns / kNanos);
    const auto micros = static_cast<time_t>(settings.timeout_ns % kNanos / 1000);
    client_.set_connection_timeout(seconds, micros);
    client_.set_read_timeout(seconds, micros);
    client_.set_write_timeout(seconds, micros);
    if (url_.tls) {
      if (!settings.ca_file.empty()) client_.set_ca_cert_path(settings.ca_file.c_str());
      client_.enable_server_certificate_verification(true);
    }
  }

  Answer write(const std::string& body) override {
    if (!settings_.username.empty()) {
      std::ifstream file(settings_.password_file);
      std::string password;
      if (!std::getline(file, password)) {
        return {.detail = fmt::format("{}: cannot be read", settings_.password_file)};
      }
      client_.set_basic_auth(settings_.username, password);
    }
    const httplib::Headers headers = {{"Content-Encoding", "snappy"},
                                      {"X-Prometheus-Remote-Write-Version", "0.1.0"},
                                      {"User-Agent", "caspilink-collector/" CASPILINK_VERSION}};
    const auto response = client_.Post(url_.path, headers, body, "application/x-protobuf");
    if (!response) return {.detail = httplib::to_string(response.error())};
    Answer answer = answer_of(response->status, response->body);
    const std::string after = response->get_header_value("Retry-After");
    std::int64_t seconds = 0;
    if (std::from_chars(after.data(), after.data() + after.size(), seconds).ec == std::errc() &&
        seconds >= 0 && seconds <= 3600) {
      answer.retry_after_ns = seconds * kNanos;
    }
    return answer;
  }

  void stop() override { client_.stop(); }

 private:
  const ReceiverSettings settings_;
  const Url url_;
  httplib::Client client_;
};

}  // namespace

Answer answer_of(int status, const std::string& body) {
  using enum Answer::Kind;
  if (status >= 200 && status < 300) return {.kind = kTaken};
  Answer answer{.detail = fmt::format("{} {}", status, body.substr(0, kLongestDetail))};
  const bool too_old =
      body.find("too old") != std::string::npos || body.find("out of bounds") != std::string::npos;
  if (too_old && (status == 400 || status == 500)) {
    answer.kind = kTooOld;
  } else if (status >= 400 && status < 500 && status != 408 && status != 425 && status != 429 &&
             status != 401 && status != 403 && status != 404) {
    answer.kind = kRefused;
  }
  return answer;
}

Result<std::unique_ptr<Receiver>> http_receiver(const ReceiverSettings& settings) {
  auto url = parse_url(settings.url);
  if (!url) return tl::unexpected(url.error());
  return std::make_unique<HttpReceiver>(settings, std::move(*url));
}

}  // namespace caspilink::remote_write
