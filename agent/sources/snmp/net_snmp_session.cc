#include "agent/sources/snmp/net_snmp_session.h"

// net-snmp's headers want to be in this order.
// clang-format off
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_transport.h>
// clang-format on

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "agent/sources/number.h"
#include "agent/sources/snmp/secret_file.h"

namespace caspilink::snmp {
namespace {

// A passphrase shorter than that is refused by net-snmp (RFC 3414 clause 11.2).
constexpr std::size_t kShortestPassphrase = 8;

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    // The agent's configuration is its own: no snmp.conf, nothing written, no MIB files.
    for (const int off :
         {NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
          NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE}) {
      netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, off, 1);
    }
    netsnmp_set_mib_directory("");
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_EMERG);
    init_snmp("caspilink-agent");
  });
}

Value value_of(const netsnmp_variable_list& variable) {
  using Kind = Value::Kind;
  Value value;
  const auto number = [&](double from) {
    value.kind = Kind::kNumber;
    value.number = from;
  };
  const auto wide = [&] {
    return (static_cast<std::uint64_t>(variable.val.counter64->high) << 32) |
           (static_cast<std::uint64_t>(variable.val.counter64->low) & UINT32_MAX);
  };
  switch (variable.type) {
    case ASN_INTEGER:
      number(static_cast<double>(*variable.val.integer));
      break;
    case ASN_GAUGE:
    case ASN_TIMETICKS:
    case ASN_UINTEGER:
      number(static_cast<double>(static_cast<std::uint64_t>(*variable.val.integer) & UINT32_MAX));
      break;
    case ASN_COUNTER:
      value.kind = Kind::kCounter;
      value.counter = static_cast<std::uint64_t>(*variable.val.integer) & UINT32_MAX;
      break;
    case ASN_COUNTER64:
    case ASN_OPAQUE_COUNTER64:
    case ASN_OPAQUE_U64:
      value.kind = Kind::kCounter;
      value.wide = true;
      value.counter = wide();
      break;
    case ASN_OPAQUE_I64:
      number(static_cast<double>(static_cast<std::int64_t>(wide())));
      break;
    case ASN_OPAQUE_FLOAT:
      number(sources::widened(*variable.val.floatVal));
      break;
    case ASN_OPAQUE_DOUBLE:
      number(*variable.val.doubleVal);
      break;
    case ASN_OCTET_STR:
      value.kind = Kind::kText;
      value.text.assign(reinterpret_cast<const char*>(variable.val.string),
                        std::min(variable.val_len, Value::kLongestText));
      break;
    case SNMP_NOSUCHOBJECT:
      value.kind = Kind::kNoSuchObject;
      break;
    case SNMP_NOSUCHINSTANCE:
      value.kind = Kind::kNoSuchInstance;
      break;
    case SNMP_ENDOFMIBVIEW:
      value.kind = Kind::kEndOfMib;
      break;
    default:
      break;
  }
  return value;
}

Response response_of(const netsnmp_pdu& pdu) {
  Response response{.error_status = static_cast<int>(pdu.errstat),
                    .error_index = static_cast<int>(pdu.errindex),
                    .bindings = {}};
  for (const auto* each = pdu.variables; each != nullptr; each = each->next_variable) {
    Binding binding{.oid = {}, .value = value_of(*each)};
    for (std::size_t arc = 0; arc < each->name_length; ++arc) {
      binding.oid.arcs.push_back(static_cast<std::uint32_t>(each->name[arc]));
    }
    response.bindings.push_back(std::move(binding));
  }
  return response;
}

Failure failure_of_report(int report) {
  const std::string detail = snmp_api_errstring(report);
  switch (report) {
    case SNMPERR_AUTHENTICATION_FAILURE:
    case SNMPERR_UNKNOWN_USER_NAME:
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
    case SNMPERR_DECRYPTION_ERR:
    case SNMPERR_NOT_IN_TIME_WINDOW:
      return {"auth", detail};
    default:
      return {"report", detail};
  }
}

struct Question {
  bool bulk = false;
  std::vector<Oid> oids;
  int max_repetitions = 0;
};

netsnmp_pdu* pdu_of(const Question& question) {
  netsnmp_pdu* pdu = snmp_pdu_create(question.bulk ? SNMP_MSG_GETBULK : SNMP_MSG_GET);
  if (pdu == nullptr) return nullptr;
  if (question.bulk) {
    pdu->non_repeaters = 0;
    pdu->max_repetitions = question.max_repetitions;
  }
  for (const Oid& each : question.oids) {
    const std::vector<oid> name(each.arcs.begin(), each.arcs.end());
    snmp_add_null_var(pdu, name.data(), name.size());
  }
  return pdu;
}

// RFC 3414 clause 4: a question that says nothing, whose report tells the engine.
netsnmp_pdu* discovery_pdu() {
  netsnmp_pdu* pdu = snmp_pdu_create(SNMP_MSG_GET);
  if (pdu == nullptr) return nullptr;
  pdu->version = SNMP_VERSION_3;
  pdu->securityName = ::strdup("");
  pdu->securityNameLen = 0;
  pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
  pdu->securityModel = SNMP_SEC_MODEL_USM;
  return pdu;
}

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, const TargetConfiguration& target)
      : io_(io), target_(target), resolver_(io), socket_(io), timer_(io) {
    start_library();
  }

  ~Connection() { close(); }

  void ask(Question question, Done done) {
    question_ = std::move(question);
    done_ = std::move(done);
    if (session_ != nullptr) return send();
    resolve();
  }

  void close() {
    done_ = nullptr;
    resolver_.cancel();
    timer_.cancel();
    asio::error_code ignored;
    socket_.close(ignored);
    if (session_ == nullptr) return;
    forget_user();
    snmp_sess_close(session_);
    session_ = nullptr;
  }

 private:
  using Udp = asio::ip::udp;

  // Answers from the io_context and not from here, where the library is in the middle of something.
  void answer(Answer given) {
    timer_.cancel();
    if (!done_) return;
    asio::post(io_, [self = shared_from_this(), given = std::move(given)]() mutable {
      if (!self->done_) return;
      const Done done = std::exchange(self->done_, nullptr);
      done(std::move(given));
    });
  }
  void fail(const char* kind, std::string detail) {
    answer(tl::unexpected(Failure{kind, std::move(detail)}));
  }

  void resolve() {
    resolver_.async_resolve(
        target_.address.host, std::to_string(target_.address.port),
        [self = shared_from_this()](const asio::error_code& error,
                                    const Udp::resolver::results_type& found) {
          if (!self->done_) return;
          if (error || found.empty()) {
            return self->fail("resolve",
                              fmt::format("{}: {}", self->target_.address.text(), error.message()));
          }
          self->open(found.begin()->endpoint());
        });
  }

  void open(const Udp::endpoint& peer) {
    const std::string address =
        peer.address().is_v6()
            ? fmt::format("udp6:[{}]:{}", peer.address().to_string(), peer.port())
            : fmt::format("udp:{}:{}", peer.address().to_string(), peer.port());
    netsnmp_session wanted;
    snmp_sess_init(&wanted);
    wanted.peername = const_cast<char*>(address.c_str());
    wanted.timeout = std::chrono::microseconds(target_.timeout_ns / 1000).count();
    wanted.retries = target_.retries;
    wanted.flags |= SNMP_FLAGS_DONT_PROBE;
    std::string community;
    if (const auto good = target_.user ? show_user(wanted) : show_community(wanted, community);
        !good) {
      return fail("credentials", good.error().message());
    }
    session_ = snmp_sess_open(&wanted);
    OPENSSL_cleanse(wanted.securityAuthKey, sizeof wanted.securityAuthKey);
    OPENSSL_cleanse(wanted.securityPrivKey, sizeof wanted.securityPrivKey);
    wipe(community);
    if (session_ == nullptr) {
      return fail("send", fmt::format("{}: {}", address, snmp_api_errstring(wanted.s_snmp_errno)));
    }
    const int own = ::dup(snmp_sess_transport(session_)->sock);
    if (own < 0) return fail("send", std::generic_category().message(errno));
    socket_.assign(own);
    listen();
    send();
  }

  Result<void> show_community(netsnmp_session& session, std::string& community) {
    auto read = read_secret(target_.community_file, 1);
    if (!read) return tl::unexpected(read.error());
    community = std::move(*read);
    session.version = SNMP_VERSION_2c;
    session.community = reinterpret_cast<u_char*>(community.data());
    session.community_len = community.size();
    return {};
  }

  Result<void> show_user(netsnmp_session& session) {
    const User& user = *target_.user;
    session.version = SNMP_VERSION_3;
    session.securityModel = SNMP_SEC_MODEL_USM;
    session.securityName = const_cast<char*>(user.name.c_str());
    session.securityNameLen = user.name.size();
    session.contextName = const_cast<char*>(user.context.c_str());
    session.contextNameLen = user.context.size();
    session.securityLevel =
        user.privacy_file.empty() ? SNMP_SEC_LEVEL_AUTHNOPRIV : SNMP_SEC_LEVEL_AUTHPRIV;
    session.securityAuthProto =
        sc_get_auth_oid(user.sha256 ? NETSNMP_USMAUTH_HMAC192SHA256 : NETSNMP_USMAUTH_HMACSHA1,
                        &session.securityAuthProtoLen);
    session.securityAuthKeyLen = USM_AUTH_KU_LEN;
    if (auto made = make_key(session, user.authentication_file, session.securityAuthKey,
                             session.securityAuthKeyLen);
        !made) {
      return made;
    }
    if (user.privacy_file.empty()) return {};
    session.securityPrivProto =
        sc_get_priv_oid(USM_CREATE_USER_PRIV_AES, &session.securityPrivProtoLen);
    session.securityPrivKeyLen = USM_PRIV_KU_LEN;
    return make_key(session, user.privacy_file, session.securityPrivKey,
                    session.securityPrivKeyLen);
  }

  static Result<void> make_key(const netsnmp_session& session, const std::string& file, u_char* key,
                               std::size_t& length) {
    auto passphrase = read_secret(file, kShortestPassphrase);
    if (!passphrase) return tl::unexpected(passphrase.error());
    const int made = generate_Ku(
        session.securityAuthProto, static_cast<u_int>(session.securityAuthProtoLen),
        reinterpret_cast<const u_char*>(passphrase->data()), passphrase->size(), key, &length);
    wipe(*passphrase);
    if (made != SNMPERR_SUCCESS) {
      return caspilink::fail(ErrorCode::kInternal, file, snmp_api_errstring(made));
    }
    return {};
  }

  // Users live in the library's table, by engine and name: one with old keys would be found again.
  void forget_user() {
    const netsnmp_session* session = snmp_sess_session(session_);
    if (!target_.user || session->securityEngineIDLen == 0) return;
    usmUser* user = usm_get_user(session->securityEngineID, session->securityEngineIDLen,
                                 target_.user->name.c_str());
    if (user == nullptr) return;
    usm_remove_user(user);
    usm_free_user(user);
  }

  void send() {
    // The library waits for the answer to a discovery of its own, and opening a session forgets
    // that it was told not to.
    snmp_sess_session(session_)->flags |= SNMP_FLAGS_DONT_PROBE;
    const bool discover = target_.user && snmp_sess_session(session_)->securityEngineIDLen == 0;
    discovering_ = discover;
    late_ = 0;
    netsnmp_pdu* pdu = discover ? discovery_pdu() : pdu_of(question_);
    if (pdu == nullptr) return fail("send", "out of memory");
    if (snmp_sess_async_send(session_, pdu, &Connection::called, this) == 0) {
      const int why = snmp_sess_session(session_)->s_snmp_errno;
      snmp_free_pdu(pdu);
      return fail("send", snmp_api_errstring(why));
    }
    wait();
  }

  // When the library wants to send again or give up.
  void wait() {
    netsnmp_large_fd_set sockets;
    netsnmp_large_fd_set_init(&sockets, FD_SETSIZE);
    int count = 0;
    int block = 1;
    timeval until{};
    snmp_sess_select_info2(session_, &count, &sockets, &until, &block);
    netsnmp_large_fd_set_cleanup(&sockets);
    if (block != 0) return;
    // A moment later, so that it is due by the library's own clock.
    timer_.expires_after(std::chrono::seconds(until.tv_sec) +
                         std::chrono::microseconds(until.tv_usec) + std::chrono::milliseconds(1));
    timer_.async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
      if (cancelled || self->session_ == nullptr) return;
      snmp_sess_timeout(self->session_);
      self->settle();
    });
  }

  void listen() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](const asio::error_code& error) {
                         if (error || self->session_ == nullptr) return;
                         self->read();
                         self->listen();
                         self->settle();
                       });
  }

  void read() {
    const int socket = snmp_sess_transport(session_)->sock;
    netsnmp_large_fd_set sockets;
    netsnmp_large_fd_set_init(&sockets, std::max<int>(FD_SETSIZE, socket + 1));
    NETSNMP_LARGE_FD_SET(socket, &sockets);
    snmp_sess_read2(session_, &sockets);
    netsnmp_large_fd_set_cleanup(&sockets);
  }

  // After the library has returned: what it called back with may lead to the next step.
  void settle() {
    if (!outcome_) return wait();
    Answer outcome = std::move(*outcome_);
    outcome_.reset();
    if (!discovering_ || !outcome) return answer(std::move(outcome));
    netsnmp_session* session = snmp_sess_session(session_);
    if (session->securityEngineIDLen == 0) return fail("report", "no engine was told");
    if (usm_create_user_from_session(session) != SNMPERR_SUCCESS) {
      return fail("credentials", "net-snmp does not take the user");
    }
    send();
  }

  static int called(int operation, netsnmp_session*, int, netsnmp_pdu* pdu, void* self) {
    static_cast<Connection*>(self)->note(operation, pdu);
    return 1;
  }

  void note(int operation, const netsnmp_pdu* pdu) {
    switch (operation) {
      case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE:
        break;
      case NETSNMP_CALLBACK_OP_TIMED_OUT:
        outcome_ = tl::unexpected(
            Failure{"timeout", fmt::format("{} does not answer", target_.address.text())});
        return;
      case NETSNMP_CALLBACK_OP_RESEND:
      case NETSNMP_CALLBACK_OP_CONNECT:
        return;
      case NETSNMP_CALLBACK_OP_SEC_ERROR:
        outcome_ = tl::unexpected(Failure{"auth", "the answer cannot be trusted"});
        return;
      default:
        outcome_ = tl::unexpected(
            Failure{"send", fmt::format("{} cannot be sent to", target_.address.text())});
        return;
    }
    if (pdu->command == SNMP_MSG_RESPONSE) {
      outcome_ = response_of(*pdu);
    } else if (pdu->command == SNMP_MSG_REPORT && discovering_) {
      outcome_ = Response();  // the library takes the engine from the report when this returns
    } else if (pdu->command == SNMP_MSG_REPORT) {
      const int report = snmpv3_get_report_type(const_cast<netsnmp_pdu*>(pdu));
      // The library sends again with the engine's time, once.
      if (report == SNMPERR_NOT_IN_TIME_WINDOW && late_++ == 0) return;
      outcome_ = tl::unexpected(failure_of_report(report));
    }
  }

  asio::io_context& io_;
  const TargetConfiguration target_;
  Udp::resolver resolver_;
  asio::posix::stream_descriptor socket_;  // a second handle of the library's, only waited on
  asio::steady_timer timer_;
  void* session_ = nullptr;
  Question question_;
  Done done_;
  bool discovering_ = false;
  int late_ = 0;  // reports that the engine's time is another one
  std::optional<Answer> outcome_;
};

class NetSnmpSession final : public Session {
 public:
  NetSnmpSession(asio::io_context& io, const TargetConfiguration& target)
      : connection_(std::make_shared<Connection>(io, target)) {}
  ~NetSnmpSession() override { connection_->close(); }

  void get(std::vector<Oid> oids, Done done) override {
    connection_->ask({.bulk = false, .oids = std::move(oids)}, std::move(done));
  }
  void get_bulk(Oid oid, int max_repetitions, Done done) override {
    connection_->ask({.bulk = true, .oids = {std::move(oid)}, .max_repetitions = max_repetitions},
                     std::move(done));
  }

 private:
  const std::shared_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<Session> make_net_snmp_session(asio::io_context& io,
                                               const TargetConfiguration& target) {
  return std::make_unique<NetSnmpSession>(io, target);
}

}  // namespace caspilink::snmp
