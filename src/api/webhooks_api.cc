#include <boost/json.hpp>

#include "api/detail/requests.h"
#include "api/merchant_api.h"
#include "codec/json.h"
#include "foundation/text.h"
#include "payments/deliveries.h"

namespace feiqian::api {

using payments::DeliveryRow;
using payments::EventId;
using payments::EventRow;
using payments::EventState;

namespace {

Result<std::vector<DeliveryRow>> deliveries_of(store::Reader& reader, EventId event) {
  store::Query query(payments::kDeliveries);
  return query.equal<&DeliveryRow::event>(event).oldest_first().limit(200).run(reader);
}

}  // namespace

void MerchantApi::list_deliveries(const CallPtr& call) {
  const auto select = [&]() -> Result<std::pair<store::Query<EventRow>, Page>> {
    const auto page = TRY(page_of<EventId>(*call));
    store::Query query(payments::kEvents);
    query.equal<&EventRow::merchant>(call->merchant());
    query.where<&EventRow::id>(store::Selection::Condition::Operator::Less, EventId{page.before_id})
        .limit(page.limit + 1);
    const auto state =
        TRY(choice_of(*call, "state", {EventState::Pending, EventState::Delivered, EventState::Exhausted}));
    if (state) query.equal<&EventRow::state>(*state);
    if (const auto given = call->query.find("type"); given != call->query.end())
      query.equal<&EventRow::type>(given->second);
    if (const auto given = call->query.find("event_id"); given != call->query.end()) {
      const auto event = EventId::parse(given->second);
      if (!event) return Error(errors::kQueryInvalid, event.error().detail(), "event_id");
      query.equal<&EventRow::id>(event.value());
    }
    return std::pair(std::move(query), page);
  }();
  if (!select) {
    fail(call, select.error());
    return;
  }
  read(call, [query = select->first, limit = select->second.limit](store::Reader& reader) -> Result<std::string> {
    auto rows = TRY(query.run(reader));
    std::map<EventId, std::vector<DeliveryRow>> logs;
    for (const auto& row : rows) logs[row.id] = TRY(deliveries_of(reader, row.id));
    return page_body(std::move(rows), limit, [&](const EventRow& row) { return to_json(row, logs[row.id]); });
  });
}

void MerchantApi::resend_delivery(const CallPtr& call) {
  const auto resend = [&]() -> Result<payments::ResendEvent> {
    const auto id = TRY(id_of_path<EventId>(*call, errors::kEventNotFound));
    auto json = TRY(codec::JsonReader::parse(call->request.body));
    TRY(json.finish());
    return payments::ResendEvent{call->merchant(), id};
  }();
  if (!resend) {
    fail(call, resend.error());
    return;
  }
  auto command =
      idempotent<payments::ResendEvent>(call, *resend, 202, [](const EventRow& event) { return to_json(event, {}); });
  using Reply = Idempotent<payments::ResendEvent>::Reply;
  it_.engine->submit(std::move(command), [this, call](Result<Reply> result) {
    if (result) {
      reply(call, result->answer.status, std::move(result->answer.body), result->replayed);
    } else {
      fail(call, result.error());
    }
  });
}

void MerchantApi::get_platform_keys(const CallPtr& call) {
  const auto& key = *it_.platform_key;
  const boost::json::object jwk{{"kty", "OKP"},   {"crv", "Ed25519"}, {"use", "sig"},
                                {"alg", "EdDSA"}, {"kid", key.id},    {"x", to_base64url(key.signer.raw_public_key())}};
  reply(call, 200, serialized({{"keys", boost::json::array{jwk}}}));
}

void MerchantApi::get_openapi(const CallPtr& call) {
  reply(call, 200, openapi(it_.public_url));
}

}  // namespace feiqian::api
