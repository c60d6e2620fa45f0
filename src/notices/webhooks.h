// Webhooks by the Standard Webhooks scheme (docs/merchant-api.md "Webhooks"): performs `webhook.deliver` tasks.
#pragma once

#include "crypto/key_store.h"
#include "crypto/signature.h"
#include "engine/read_pool.h"
#include "engine/surely.h"
#include "engine/task_runner.h"
#include "net/http_client.h"
#include "payments/tables.h"

namespace feiqian::notices {

/// `v1,…` with the merchant's secret and `v1a,…` with the platform's key, over `id.timestamp.body`.
std::string webhook_signature(std::string_view event_id, std::int64_t timestamp_s, std::string_view body,
                              const Secret& secret, const crypto::Signer& platform_key);

class Webhooks {
 public:
  Webhooks(engine::Engine& engine, engine::ReadPool& reads, net::HttpClient& client, const crypto::KeyStore& keys,
           const crypto::Signer& platform_key, const Clock& clock, engine::Timer timer, net::AddressPolicy addresses);
  void install(engine::TaskRunner& runner);

 private:
  void deliver(const engine::TaskRow& task, std::function<void()> done);
  void record(payments::EventId event, const Result<net::HttpResponse>& answer, Timestamp started,
              std::function<void()> done);

  engine::Engine* engine_;
  engine::ReadPool* reads_;
  net::HttpClient* client_;
  const crypto::KeyStore* keys_;
  const crypto::Signer* platform_key_;
  const Clock* clock_;
  engine::Timer timer_;
  net::AddressPolicy addresses_;
};

}  // namespace feiqian::notices
