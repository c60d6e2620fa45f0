#include "notices/webhooks.h"

#include "crypto/digest.h"
#include "foundation/metrics.h"
#include "foundation/text.h"
#include "payments/deliveries.h"

namespace feiqian::notices {

using payments::EventId;
using payments::EventRow;

std::string webhook_signature(std::string_view event_id, std::int64_t timestamp_s, std::string_view body,
                              const Secret& secret, const crypto::Signer& platform_key) {
  const auto signed_text = std::string(event_id) + "." + std::to_string(timestamp_s) + "." + std::string(body);
  return "v1," + to_base64(crypto::hmac_sha256(secret.reveal(), signed_text)) + " v1a," +
         to_base64(platform_key.sign(signed_text));
}

Webhooks::Webhooks(engine::Engine& engine, engine::ReadPool& reads, net::HttpClient& client,
                   const crypto::KeyStore& keys, const crypto::Signer& platform_key, const Clock& clock,
                   engine::Timer timer, net::AddressPolicy addresses)
    : engine_(&engine),
      reads_(&reads),
      client_(&client),
      keys_(&keys),
      platform_key_(&platform_key),
      clock_(&clock),
      timer_(std::move(timer)),
      addresses_(addresses) {}

void Webhooks::install(engine::TaskRunner& runner) {
  // One merchant whose server hangs must not hold up the others.
  constexpr int kAtOnce = 128;
  constexpr int kPerMerchant = 8;
  runner.handle(payments::task_kinds::kDeliver, kAtOnce, kPerMerchant,
                [this](const engine::TaskRow& task, std::function<void()> done) { deliver(task, std::move(done)); });
}

void Webhooks::deliver(const engine::TaskRow& task, std::function<void()> done) {
  const bool posted = reads_->post([this, task, done](store::Reader& reader) {
    const auto event = store::Query(payments::kEvents).equal<&EventRow::id>(EventId{task.subject}).first(reader);
    if (!event || !event.value() || event.value()->task != task.id) {
      done();
      return;
    }
    const auto& row = **event;
    const auto merchant =
        store::Query(parties::kMerchants).equal<&parties::MerchantRow::id>(row.merchant).first(reader);
    if (!merchant || !merchant.value()) {
      done();
      return;
    }
    const auto started = clock_->now();
    auto secret = keys_->unseal(merchant.value()->webhook_secret.bytes, "webhook:" + row.merchant.text());
    if (!secret) {
      record(row.id, Error(errors::kSealBroken, "the webhook secret cannot be opened"), started, done);
      return;
    }
    const auto timestamp = started.unix_s();
    net::ClientRequest request;
    request.url = row.url;
    request.body = row.body;
    request.timeout_ms = 15000;
    request.max_response_bytes = 64 << 10;
    request.addresses = addresses_;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("webhook-id", row.id.text());
    request.headers.add("webhook-timestamp", std::to_string(timestamp));
    request.headers.add("webhook-signature",
                        webhook_signature(row.id.text(), timestamp, row.body, *secret, *platform_key_));
    client_->send(std::move(request), [this, id = row.id, started, done](const Result<net::HttpResponse>& answer) {
      record(id, answer, started, done);
    });
  });
  if (!posted) done();
}

void Webhooks::record(EventId event, const Result<net::HttpResponse>& answer, Timestamp started,
                      std::function<void()> done) {
  payments::RecordDelivery delivery;
  delivery.event = event;
  delivery.duration_ms = static_cast<std::int32_t>(ms_between(started, clock_->now()));
  if (answer) {
    delivery.status = answer->status;
  } else {
    delivery.error = std::string(answer.error().code());
  }
  const bool delivered = answer && answer->status >= 200 && answer->status < 300;
  metrics::counter("feiqian_webhook_deliveries_total", "Tries to deliver a webhook by result",
                   {{"result", delivered ? "delivered" : "failed"}})
      .add();
  engine::submit_surely(*engine_, timer_, std::move(delivery), [done = std::move(done)](const auto&) { done(); });
}

}  // namespace feiqian::notices
