#include "proto/endpoint/ops_server.h"

#include <optional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <httplib.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>
#include <sys/socket.h>

#include "proto/endpoint/process_metrics.h"

namespace caspilink::endpoint {
namespace {

// A scraper, a prober and an operator's browser at once; more wait their turn.
constexpr std::size_t kThreads = 3;
constexpr std::size_t kLargestRequest = 64 * 1024;
constexpr time_t kPatienceSeconds = 5;

// httplib's default sets SO_REUSEPORT, with which a second program would take half of the scrapes
// in silence instead of failing to start.
void set_socket_options(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

struct OpsServer::Impl {
  explicit Impl(Options given) : options(std::move(given)) {}

  void render_metrics(httplib::Response& response) const {
    std::vector<prometheus::MetricFamily> families = process_metrics(options.program);
    if (options.metrics) {
      auto own = options.metrics->Collect();
      families.insert(families.end(), std::make_move_iterator(own.begin()),
                      std::make_move_iterator(own.end()));
    }
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    std::string all = std::move(text).str();
    if (options.text) all += options.text();
    response.set_content(std::move(all), "text/plain; version=0.0.4; charset=utf-8");
  }

  void render_readiness(httplib::Response& response) const {
    const Result<void> ready = options.ready ? options.ready() : Result<void>();
    response.status = ready ? 200 : 503;
    response.set_content(ready ? "ready\n" : ready.error().message() + "\n", "text/plain");
  }

  Options options;
  httplib::Server server;
  std::thread thread;
};

OpsServer::OpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

OpsServer::~OpsServer() {
  impl_->server.stop();
  impl_->thread.join();
}

const Address& OpsServer::address() const { return impl_->options.listen; }

Result<std::unique_ptr<OpsServer>> OpsServer::start(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  auto& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_socket_options(set_socket_options);
  server.set_payload_max_length(kLargestRequest);
  server.set_read_timeout(kPatienceSeconds);
  server.set_write_timeout(kPatienceSeconds);
  server.set_keep_alive_timeout(kPatienceSeconds);

  server.Get("/metrics", [raw = impl.get()](const httplib::Request&, httplib::Response& response) {
    raw->render_metrics(response);
  });
  server.Get("/readyz", [raw = impl.get()](const httplib::Request&, httplib::Response& response) {
    raw->render_readiness(response);
  });
  server.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", "text/plain");
  });

  Address& listen = impl->options.listen;
  const int port = listen.port == 0 ? server.bind_to_any_port(listen.host)
                   : server.bind_to_port(listen.host, listen.port) ? listen.port
                                                                   : -1;
  if (port < 0) {
    return fail(ErrorCode::kUnavailable, listen.text(),
                "cannot listen for HTTP here: the address is in use or not of this machine");
  }
  listen.port = static_cast<std::uint16_t>(port);
  impl->thread = std::thread([raw = impl.get()] { raw->server.listen_after_bind(); });
  // stop() before the loop runs would be lost, and the destructor would wait for ever.
  while (!server.is_running()) std::this_thread::yield();
  return std::unique_ptr<OpsServer>(new OpsServer(std::move(impl)));
}

}  // namespace caspilink::endpoint
