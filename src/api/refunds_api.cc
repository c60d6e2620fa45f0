#include <boost/json.hpp>

#include "api/detail/requests.h"
#include "api/merchant_api.h"
#include "codec/json.h"
#include "foundation/text.h"
#include "payments/refund.h"

namespace feiqian::api {

using payments::PaymentId;
using payments::RefundId;
using payments::RefundRow;
using payments::RefundState;
using Operator = store::Selection::Condition::Operator;

void MerchantApi::create_refund(const CallPtr& call) {
  const auto accept = [&]() -> Result<payments::AcceptRefund> {
    const auto id = TRY(id_of_path<PaymentId>(*call, errors::kPaymentNotFound));
    auto json = TRY(codec::JsonReader::parse(call->request.body));
    payments::AcceptRefund command{call->merchant(), id, json.required_token("merchant_refund_no", 1, 64),
                                   json.required_integer("amount_minor", 1, INT64_MAX),
                                   json.optional_text("reason", 1, 200).value_or("")};
    TRY(json.finish());
    return command;
  }();
  if (!accept) {
    fail(call, accept.error());
    return;
  }
  auto command =
      idempotent<payments::AcceptRefund>(call, *accept, 201, [](const RefundRow& refund) { return to_json(refund); });
  using Reply = Idempotent<payments::AcceptRefund>::Reply;
  it_.engine->submit(std::move(command), [this, call](Result<Reply> result) {
    if (result) {
      reply(call, result->answer.status, std::move(result->answer.body), result->replayed);
    } else {
      fail(call, result.error());
    }
  });
}

void MerchantApi::get_refund(const CallPtr& call) {
  const auto id = id_of_path<RefundId>(*call, errors::kRefundNotFound);
  if (!id) {
    fail(call, id.error());
    return;
  }
  read(call, [id = *id, merchant = call->merchant()](store::Reader& reader) -> Result<std::string> {
    const auto refund = TRY(
        store::Query(payments::kRefunds).equal<&RefundRow::id>(id).equal<&RefundRow::merchant>(merchant).first(reader));
    if (!refund) return Error(errors::kRefundNotFound);
    return serialized(to_json(*refund));
  });
}

void MerchantApi::list_refunds(const CallPtr& call) {
  const auto select = [&]() -> Result<std::pair<store::Query<RefundRow>, Page>> {
    const auto page = TRY(page_of<RefundId>(*call));
    store::Query query(payments::kRefunds);
    query.equal<&RefundRow::merchant>(call->merchant());
    query.where<&RefundRow::id>(Operator::Less, RefundId{page.before_id}).limit(page.limit + 1);
    const auto state =
        TRY(choice_of(*call, "state", {RefundState::Pending, RefundState::Succeeded, RefundState::Failed}));
    if (state) query.equal<&RefundRow::state>(*state);
    if (const auto given = call->query.find("payment_id"); given != call->query.end()) {
      const auto payment = PaymentId::parse(given->second);
      if (!payment) return Error(errors::kQueryInvalid, payment.error().detail(), "payment_id");
      query.equal<&RefundRow::payment>(payment.value());
    }
    if (const auto given = call->query.find("merchant_refund_no"); given != call->query.end()) {
      query.equal<&RefundRow::merchant_refund_no>(given->second);
    }
    return std::pair(std::move(query), page);
  }();
  if (!select) {
    fail(call, select.error());
    return;
  }
  read(call, [query = select->first, limit = select->second.limit](store::Reader& reader) -> Result<std::string> {
    return page_body(TRY(query.run(reader)), limit, [](const RefundRow& row) { return to_json(row); });
  });
}

void MerchantApi::list_payment_refunds(const CallPtr& call) {
  const auto id = id_of_path<PaymentId>(*call, errors::kPaymentNotFound);
  const auto page = page_of<RefundId>(*call);
  if (!id || !page) {
    fail(call, id ? page.error() : id.error());
    return;
  }
  read(call, [id = *id, page = *page, merchant = call->merchant()](store::Reader& reader) -> Result<std::string> {
    if (!TRY(payments::read_payment(reader, id, merchant))) return Error(errors::kPaymentNotFound);
    store::Query query(payments::kRefunds);
    query.equal<&RefundRow::payment>(id)
        .where<&RefundRow::id>(Operator::Less, RefundId{page.before_id})
        .limit(page.limit + 1);
    return page_body(TRY(query.run(reader)), page.limit, [](const RefundRow& row) { return to_json(row); });
  });
}

}  // namespace feiqian::api
