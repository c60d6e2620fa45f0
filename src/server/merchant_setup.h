// Setting up a merchant completely: the steps that several commands and the demo share.
#pragma once

#include <string>

#include "crypto/signature.h"
#include "parties/merchants.h"
#include "pricing/fee_rules.h"
#include "server/platform.h"

namespace feiqian::server {

struct NewKey {
  parties::ApiKeyId id;
  std::string algorithm;
  Secret private_pem;  ///< asymmetric keys made here
  Secret hmac_secret;  ///< raw bytes
};

/// Webhooks go to https addresses; to http only where the configuration allows loopback.
Result<void> check_notify_url(const Platform& platform, const std::string& url);
/// Makes the merchant and its webhook secret; returns the secret in its `whsec_…` form.
Result<std::pair<parties::MerchantId, Secret>> add_merchant(Platform& platform, const std::string& name,
                                                            const std::string& notify_url);
/// A new webhook secret for a merchant.
Result<Secret> renew_webhook_secret(Platform& platform, parties::MerchantId merchant);
/// `public_pem` given: only registered. Otherwise a key (or HMAC secret) is made and handed out once.
Result<NewKey> add_key(Platform& platform, parties::MerchantId merchant, const std::string& algorithm,
                       const std::string& public_pem, std::optional<Timestamp> expires_at);

/// A merchant with a contract, a price, a store and a key of every algorithm; the shop's configuration as JSON.
Result<std::string> add_demo_merchant(Platform& platform, const std::string& shop_url);

}  // namespace feiqian::server
