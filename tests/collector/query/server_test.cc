// Who may ask and act, and what is answered.
#include <cmath>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "tests/collector/client.h"
#include "tests/collector/query/server_fixture.h"

namespace caspilink::query {
namespace {

using test::kSecond;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(QueryServerTest, AViewerReadsAndMayNotActAndOthersAreNotLetIn) {
  cut({"FP01"});
  const auto viewer = as(kViewer);
  wire::GetStateResponse state;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetState, wire::GetStateRequest(), state).ok());
  EXPECT_EQ(state.directions_size(), 1);
  wire::AcknowledgeRequest acknowledge;
  acknowledge.set_alarm(1);
  acknowledge.set_note("seen");
  wire::AlarmResponse alarm;
  auto status = call(*viewer, &wire::Query::Stub::Acknowledge, acknowledge, alarm);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("wall"));
  EXPECT_EQ(denied_[access::Denial::kNotAnOperator], 1);

  const auto agent = as("caspilink://agent/aktau");
  status = call(*agent, &wire::Query::Stub::GetState, wire::GetStateRequest(), state);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(denied_[access::Denial::kNoRole], 1);

  std::ifstream ca(authority_.issue_collector().ca_file);
  const std::string pem(std::istreambuf_iterator<char>(ca), {});
  const auto nobody = wire::Query::NewStub(channel(test::without_certificate(pem)));
  status = call(*nobody, &wire::Query::Stub::GetState, wire::GetStateRequest(), state);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(denied_[access::Denial::kNoCertificate], 1);
}

TEST_F(QueryServerTest, AnOperatorActsAndIsAuditedByTheCertificatesName) {
  cut({"FP01"});
  const auto leyla = as(kOperator);
  wire::AcknowledgeRequest acknowledge;
  acknowledge.set_alarm(1);
  acknowledge.set_note("ship is called");
  wire::AlarmResponse alarm;
  auto status = call(*leyla, &wire::Query::Stub::Acknowledge, acknowledge, alarm);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(alarm.alarm().acknowledged_by(), "leyla");
  EXPECT_EQ(alarm.alarm().note(), "ship is called");
  acknowledge.set_alarm(999);
  status = call(*leyla, &wire::Query::Stub::Acknowledge, acknowledge, alarm);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);

  wire::ShelveRequest shelve;
  shelve.set_alarm(1);
  shelve.set_duration_s(7200);
  shelve.set_note("known");
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Shelve, shelve, alarm).ok());
  EXPECT_EQ(alarm.alarm().shelved_until_unix_ns(), now_ + 7200 * kSecond);
  EXPECT_EQ(alarm.alarm().shelf_note(), "known");
  EXPECT_EQ(alarm.alarm().note(), "ship is called") << "the acknowledgement's note stays";
  shelve.set_duration_s(-1);
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Shelve, shelve, alarm).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  wire::UnshelveRequest unshelve;
  unshelve.set_alarm(1);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Unshelve, unshelve, alarm).ok());
  EXPECT_FALSE(alarm.alarm().has_shelved_until_unix_ns());

  wire::PlanMaintenanceRequest plan;
  plan.set_duration_s(3600);
  plan.set_fibre_pair("FP02");
  plan.set_note("new pump");
  wire::MaintenanceResponse window;
  status = call(*leyla, &wire::Query::Stub::PlanMaintenance, plan, window);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(window.window().until_unix_ns() - window.window().from_unix_ns(), 3600 * kSecond);
  // A name that is on no plant would cover nothing, and nobody would notice.
  plan.set_fibre_pair("FP20");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::PlanMaintenance, plan, window).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  wire::EndMaintenanceRequest end;
  end.set_window(window.window().id());
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::EndMaintenance, end, window).ok());

  // With its writer gone everything is on disk; the owner, who writes to it, goes first.
  context_.stop();
  owner_.join();
  store_.reset();
  wire::GetAuditResponse audit;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::GetAudit, wire::GetAuditRequest(), audit).ok());
  std::vector<std::string> actions;
  for (const auto& entry : audit.entries()) {
    EXPECT_EQ(entry.operator_name(), "leyla");
    actions.push_back(entry.action());
  }
  EXPECT_THAT(actions, ElementsAre("end_maintenance", "plan_maintenance", "unshelve", "shelve",
                                   "acknowledge"));
}

TEST_F(QueryServerTest, AnOperatorPlacesACutByOtdr) {
  cut({"FP01"});
  const auto leyla = as(kOperator);
  wire::LocateRequest locate;
  auto& asked = *locate.mutable_otdr();
  asked.set_station("aktau");
  asked.set_fibre_km(80.4);
  asked.set_uncertainty_km(0.2);
  asked.set_excess_ratio(0.005);
  wire::LocateResponse where;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Locate, locate, where).ok());
  EXPECT_DOUBLE_EQ(where.position_km(), 300.0);
  EXPECT_NEAR(where.uncertainty_km(), 0.2, 1e-9);
  EXPECT_NE(where.element(), "");

  wire::PlaceRequest place;
  place.set_alarm(1);
  *place.mutable_otdr() = asked;
  place.set_note("COTDR of Tuesday");
  wire::AlarmResponse alarm;
  EXPECT_EQ(call(*as(kViewer), &wire::Query::Stub::Place, place, alarm).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  auto status = call(*leyla, &wire::Query::Stub::Place, place, alarm);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(alarm.alarm().placed_by(), "leyla");
  EXPECT_DOUBLE_EQ(alarm.alarm().position_km(), 300.0);
  // The line's own evidence does not move it.
  cut({"FP01"});
  wire::LocateRequest again;
  again.set_alarm(1);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Locate, again, where).ok());
  EXPECT_DOUBLE_EQ(where.position_km(), 300.0);
  place.set_alarm(2);  // a channel that is dark because of the cut
  status = call(*leyla, &wire::Query::Stub::Place, place, alarm);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("follows from alarm 1"));
  place.set_alarm(1);
  for (const double km : {-1.0, 400.0, std::nan("")}) {
    place.mutable_otdr()->set_fibre_km(km);
    status = call(*leyla, &wire::Query::Stub::Place, place, alarm);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << km;
    EXPECT_THAT(status.error_message(), HasSubstr("expected 0 to 380.000 km"));
  }
  place.mutable_otdr()->set_station("baku");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Place, place, alarm).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServerTest, BaselinesAreListedAndCommissionedByAnOperator) {
  on_owner([this] { publish(); });
  const auto leyla = as(kOperator);
  wire::ListBaselinesRequest list;
  wire::ListBaselinesResponse baselines;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).ok());
  ASSERT_EQ(baselines.baselines_size(), 2);
  EXPECT_EQ(baselines.baselines(0).quantity(), "q_value");
  EXPECT_EQ(baselines.baselines(0).unit(), "dB");
  EXPECT_DOUBLE_EQ(baselines.baselines(0).from_commissioning(), -0.4);
  EXPECT_DOUBLE_EQ(baselines.baselines(0).per_year().low(), -0.07);
  EXPECT_FALSE(baselines.baselines(1).has_commissioning());
  list.set_limit(1);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).ok());
  EXPECT_EQ(baselines.baselines_size(), 1);
  EXPECT_TRUE(baselines.truncated());
  list.set_channel(33);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).ok());
  ASSERT_EQ(baselines.baselines_size(), 1);
  EXPECT_EQ(baselines.baselines(0).channel(), 33U);
  list.set_quantity("happiness");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::CommissionRequest commission;
  commission.set_fibre_pair("FP01");
  commission.set_note("repaired");
  wire::CommissionResponse done;
  EXPECT_EQ(call(*as(kViewer), &wire::Query::Stub::Commission, commission, done).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(commissioned_, "");
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Commission, commission, done).ok());
  EXPECT_EQ(commissioned_, "leyla FP01");
  EXPECT_EQ(done.taken(), 3U);
  EXPECT_EQ(done.left(), 1U);
  commission_answer_ = fail(ErrorCode::kUnavailable, "", "no snapshot was taken");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Commission, commission, done).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  commission.set_direction("up");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Commission, commission, done).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServerTest, AnAgentsConfigurationIsReadAgainForAnOperatorOnly) {
  wire::ReloadAgentRequest request;
  request.set_station("sumgait");
  wire::ReloadAgentResponse response;
  EXPECT_EQ(call(*as(kViewer), &wire::Query::Stub::ReloadAgent, request, response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(reloaded_, "");
  const auto leyla = as(kOperator);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ReloadAgent, request, response).ok());
  EXPECT_EQ(reloaded_, "leyla sumgait");
  EXPECT_EQ(response.outcome(), "applied");
  EXPECT_THAT(response.differences(), ElementsAre("x"));
  reload_answer_ = fail(ErrorCode::kUnavailable, "", "is not connected");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::ReloadAgent, request, response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(QueryServerTest, AlarmsMarginsAgentsAndPlaces) {
  cut({"FP01", "FP02"});
  const auto viewer = as(kViewer);
  wire::ListAlarmsRequest request;
  wire::ListAlarmsResponse alarms;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::ListAlarms, request, alarms).ok());
  ASSERT_EQ(alarms.alarms_size(), 4);
  EXPECT_EQ(alarms.alarms(0).severity(), wire::SEVERITY_CRITICAL);
  EXPECT_EQ(alarms.alarms(0).consequences(), 1U);
  request.set_parent(alarms.alarms(0).id());
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::ListAlarms, request, alarms).ok());
  ASSERT_EQ(alarms.alarms_size(), 1);
  const wire::Alarm child = alarms.alarms(0);
  EXPECT_EQ(child.type(), "channel_loss_of_light");
  EXPECT_EQ(child.channel(), 32U);
  wire::ListAlarmsRequest roots;
  roots.set_roots_only(true);
  roots.set_fibre_pair("FP02");
  roots.set_limit(1);
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::ListAlarms, roots, alarms).ok());
  EXPECT_EQ(alarms.alarms_size(), 1);
  EXPECT_FALSE(alarms.truncated());
  roots.set_station("baku");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::ListAlarms, roots, alarms).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  roots.clear_station();
  roots.set_type("no_such_type");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::ListAlarms, roots, alarms).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  // A consequence is where its root's cause is.
  wire::LocateRequest locate;
  locate.set_alarm(child.id());
  wire::LocateResponse place;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::Locate, locate, place).ok());
  EXPECT_EQ(place.alarm(), child.parent());
  EXPECT_EQ(place.element(), "S3");
  EXPECT_DOUBLE_EQ(place.position_km(), 190.0);
  EXPECT_DOUBLE_EQ(place.uncertainty_km(), 38.0);
  // Of the reference plant's list: 8 of the 60 km from 42.00 N to 42.50 N.
  EXPECT_NEAR(place.coordinates().latitude_deg(), 42.0 + 0.5 * 8 / 60, 1e-9);
  EXPECT_DOUBLE_EQ(place.coordinates().cable_km(), 190.0);
  EXPECT_TRUE(place.coordinates().illustrative());
  locate.mutable_distance()->set_station("aktau");
  locate.mutable_distance()->set_km(80);
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::Locate, locate, place).ok());
  EXPECT_DOUBLE_EQ(place.position_km(), 300.0);
  ASSERT_EQ(place.distances_size(), 2);
  EXPECT_DOUBLE_EQ(place.distances(1).km(), 80.0);
  EXPECT_NEAR(place.coordinates().latitude_deg(), 42.5 + 0.5 * 58 / 60, 1e-9);
  locate.mutable_distance()->set_km(381);
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::Locate, locate, place).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::GetMarginsRequest margins_of;
  margins_of.set_with_channels(true);
  wire::GetMarginsResponse margins;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetMargins, margins_of, margins).ok());
  ASSERT_EQ(margins.margins_size(), 3);
  EXPECT_DOUBLE_EQ(margins.margins(0).margin_db(), 2.5);
  EXPECT_DOUBLE_EQ(margins.margins(0).expected_margin_db(), 2.7);
  EXPECT_FALSE(margins.margins(2).has_margin_db());
  // Of a direction: the worst comparison, the ageing that ends lowest, what the design promised.
  const wire::Margin& worst = margins.margins(0);
  EXPECT_DOUBLE_EQ(worst.from_month_ago_db(), -0.4);
  EXPECT_FALSE(worst.has_from_commissioning_db());
  EXPECT_EQ(worst.ageing().channel(), 33U);
  EXPECT_DOUBLE_EQ(worst.ageing().margin_end_of_life_db().low(), 1.1);
  EXPECT_EQ(worst.ageing().runs_out_unix_ns(), kRunsOut);
  EXPECT_FALSE(worst.ageing().has_runs_out_latest_unix_ns());
  EXPECT_GT(worst.designed_end_of_life_margin_db(), 0);
  EXPECT_FALSE(margins.margins(1).has_ageing());
  margins_of.set_fibre_pair("FP77");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::GetMargins, margins_of, margins).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::ListAgentsResponse agents;
  ASSERT_TRUE(
      call(*viewer, &wire::Query::Stub::ListAgents, wire::ListAgentsRequest(), agents).ok());
  ASSERT_EQ(agents.agents_size(), 2);
  EXPECT_EQ(agents.agents(0).sources(0).name(), "slte-1");
  EXPECT_TRUE(agents.agents(1).silent());
  EXPECT_FALSE(agents.agents(1).has_newest_sample_unix_ns());
}

TEST_F(QueryServerTest, TheServiceIsReflectedAndHealthy) {
  // ServerReflectionRequest{list_services: ""} and HealthCheckRequest{service: ...}.
  const std::string services = raw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                   std::string("\x3a\x00", 2));
  EXPECT_THAT(services, HasSubstr("caspilink.query.v1.Query"));
  EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));
  const std::string service = "caspilink.query.v1.Query";
  std::string asked = "\x0a";
  asked += static_cast<char>(service.size());
  asked += service;
  EXPECT_EQ(raw("/grpc.health.v1.Health/Check", asked), "\x08\x01");  // SERVING
}

}  // namespace
}  // namespace caspilink::query
