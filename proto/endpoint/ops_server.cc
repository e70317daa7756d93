#include "proto/endpoint/ops_server.h"

#include <chrono>
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
#include "proto/endpoint/web_access.h"

namespace caspilink::endpoint {
namespace {

// A scraper, a prober and an operator's browser at once; more wait their turn. Listeners of a
// stream have threads of their own.
constexpr std::size_t kThreads = 3;
// A connection that waits for its next request would hold one of them.
constexpr std::size_t kRequestsPerConnection = 1;
constexpr std::size_t kLargestRequest = 64 * 1024;
// A stream that is silent for so long gets a comment, to learn whether somebody listens still.
constexpr std::chrono::seconds kSilence{5};

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

  void listen_to(EventChannel& channel, httplib::Response& response) const {
    if (!channel.join()) {
      response.status = 503;
      response.set_header("Retry-After", "30");
      response.set_content("too many listeners\n", "text/plain");
      return;
    }
    response.set_header("Cache-Control", "no-store");
    response.set_chunked_content_provider(
        "text/event-stream",
        [&channel, seen = EventChannel::Seen()](std::size_t, httplib::DataSink& sink) mutable {
          const auto event = channel.wait(seen, kSilence);
          if (channel.ended()) {
            sink.done();
            return true;
          }
          static constexpr std::string_view kComment = ":\n\n";
          return event ? sink.write(event->data(), event->size())
                       : sink.write(kComment.data(), kComment.size());
        },
        [&channel](bool) { channel.leave(); });
  }

  // True where the request may go on.
  bool admit(const httplib::Request& request, httplib::Response& response) const {
    if (request.path == "/healthz" || request.path == "/readyz") return true;
    switch (access->check(request.get_header_value("Authorization"))) {
      case BasicAuth::Answer::kAllowed:
        return true;
      case BasicAuth::Answer::kRefused:
        response.status = 401;
        response.set_header("WWW-Authenticate",
                            fmt::format("Basic realm=\"{}\", charset=\"UTF-8\"", options.program));
        response.set_content("unauthorised\n", "text/plain");
        return false;
      case BasicAuth::Answer::kBusy:
        break;
    }
    response.status = 503;
    response.set_header("Retry-After", "1");
    response.set_content("busy checking passwords\n", "text/plain");
    return false;
  }

  void route() {
    server->Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      render_metrics(response);
    });
    server->Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      render_readiness(response);
    });
    server->Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("ok\n", "text/plain");
    });
    for (const Page& page : options.pages) {
      server->Get(page.path, [&page](const httplib::Request&, httplib::Response& response) {
        const auto body = page.body();
        response.status = body ? 200 : 503;
        for (const auto& [name, value] : page.headers) response.set_header(name, value);
        response.set_content(body ? *body : body.error().message() + "\n",
                             body ? page.content_type : "text/plain");
      });
    }
    if (options.stream) {
      server->Get(options.stream->path,
                  [this](const httplib::Request&, httplib::Response& response) {
                    listen_to(*options.stream->channel, response);
                  });
    }
    if (access) {
      server->set_pre_routing_handler(
          [this](const httplib::Request& request, httplib::Response& response) {
            return admit(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                            : httplib::Server::HandlerResponse::Handled;
          });
    }
  }

  Options options;
  std::unique_ptr<WebAccess> access;  // null: everybody may read
  std::unique_ptr<httplib::Server> server;
  std::thread thread;
};

OpsServer::OpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

OpsServer::~OpsServer() {
  if (impl_->options.stream) impl_->options.stream->channel->end();
  impl_->server->stop();
  impl_->thread.join();
}

const Address& OpsServer::address() const { return impl_->options.listen; }

std::string OpsServer::url() const {
  const bool tls = impl_->access && impl_->access->uses_tls();
  return fmt::format("{}://{}", tls ? "https" : "http", address().text());
}

Result<std::unique_ptr<OpsServer>> OpsServer::start(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (!impl->options.web_config_file.empty()) {
    auto access = WebAccess::open(impl->options.web_config_file);
    if (!access) return tl::unexpected(access.error());
    impl->access = std::move(*access);
  }
  if (impl->access && impl->access->uses_tls()) {
    impl->server = std::make_unique<httplib::SSLServer>(
        [raw = impl->access.get()](SSL_CTX& context) { return raw->prepare(context); });
    if (!impl->server->is_valid()) {
      return fail(ErrorCode::kUnavailable, impl->options.web_config_file, "TLS cannot be set up");
    }
  } else {
    impl->server = std::make_unique<httplib::Server>();
  }
  httplib::Server& server = *impl->server;
  const std::size_t listeners =
      impl->options.stream ? impl->options.stream->channel->most_listeners() : 0;
  server.new_task_queue = [threads = kThreads + listeners] {
    return new httplib::ThreadPool(threads);
  };
  server.set_socket_options(set_socket_options);
  const time_t patience = impl->options.patience.count();
  server.set_payload_max_length(kLargestRequest);
  server.set_read_timeout(patience);
  server.set_write_timeout(patience);
  server.set_keep_alive_timeout(patience);
  server.set_keep_alive_max_count(kRequestsPerConnection);
  impl->route();

  Address& listen = impl->options.listen;
  const int port = listen.port == 0 ? server.bind_to_any_port(listen.host)
                   : server.bind_to_port(listen.host, listen.port) ? listen.port
                                                                   : -1;
  if (port < 0) {
    return fail(ErrorCode::kUnavailable, listen.text(),
                "cannot listen for HTTP here: the address is in use or not of this machine");
  }
  listen.port = static_cast<std::uint16_t>(port);
  impl->thread = std::thread([raw = impl.get()] { raw->server->listen_after_bind(); });
  // stop() before the loop runs would be lost, and the destructor would wait for ever.
  while (!server.is_running()) std::this_thread::yield();
  return std::unique_ptr<OpsServer>(new OpsServer(std::move(impl)));
}

}  // namespace caspilink::endpoint
