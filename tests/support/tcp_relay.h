// A way to a server on loopback that can fall silent: connections stay, and nothing comes through.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

namespace caspilink::test {

class TcpRelay {
 public:
  TcpRelay(asio::io_context& io, int server_port)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
        server_(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(server_port)) {
    accept();
  }
  ~TcpRelay() {
    asio::error_code ignored;
    for (const auto& each : ways_->open) each->close(ignored);
  }
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }
  // What is on its way stays there, in both directions, and so with connections that come.
  void fall_silent() { ways_->silent = true; }
  // For connections that are made from now on; the others stay dead.
  void speak_again() { ways_->silent = false; }

 private:
  using Socket = asio::ip::tcp::socket;
  // Outlives the relay where a handler is still due.
  struct Ways {
    bool silent = false;
    std::vector<std::shared_ptr<Socket>> open;
  };

  void accept() {
    auto near = std::make_shared<Socket>(acceptor_.get_executor());
    acceptor_.async_accept(*near, [this, near](const asio::error_code& error) {
      if (error) return;
      accept();
      auto far = std::make_shared<Socket>(acceptor_.get_executor());
      ways_->open.insert(ways_->open.end(), {near, far});
      asio::error_code refused;
      far->connect(server_, refused);
      if (refused) {
        near->close(refused);
        return;
      }
      pass_on(ways_, near, far);
      pass_on(ways_, far, near);
    });
  }

  static void pass_on(const std::shared_ptr<Ways>& ways, const std::shared_ptr<Socket>& from,
                      const std::shared_ptr<Socket>& to) {
    auto bytes = std::make_shared<std::array<char, 4096>>();
    from->async_read_some(asio::buffer(*bytes),
                          [=](const asio::error_code& error, std::size_t size) {
                            if (ways->silent) return;
                            asio::error_code ignored;
                            if (error) {
                              to->close(ignored);
                              return;
                            }
                            asio::write(*to, asio::buffer(*bytes, size), ignored);
                            pass_on(ways, from, to);
                          });
  }

  asio::ip::tcp::acceptor acceptor_;
  const asio::ip::tcp::endpoint server_;
  const std::shared_ptr<Ways> ways_ = std::make_shared<Ways>();
};

}  // namespace caspilink::test
