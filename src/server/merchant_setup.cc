#include "server/merchant_setup.h"

#include <boost/json.hpp>

#include "foundation/text.h"
#include "net/http.h"
#include "payments/tables.h"
#include "server/channel_kinds.h"

namespace feiqian::server {

namespace json = boost::json;

Result<void> check_notify_url(const Platform& platform, const std::string& url) {
  const auto parsed = TRY(net::Url::parse(url));
  if (parsed.scheme != "https" && !platform.settings().webhooks_allow_loopback)
    return Error(errors::kUrlInvalid, "must be an https address", "notify-url");
  return {};
}

Result<Secret> renew_webhook_secret(Platform& platform, parties::MerchantId merchant) {
  const Secret secret(platform.random().bytes(32));
  parties::SetWebhook set;
  set.merchant = merchant;
  set.sealed_secret = {platform.keys().seal(secret, "webhook:" + merchant.text())};
  TRY(platform.engine().run(std::move(set)));
  return Secret("whsec_" + to_base64(secret.reveal()));
}

Result<std::pair<parties::MerchantId, Secret>> add_merchant(Platform& platform, const std::string& name,
                                                            const std::string& notify_url) {
  if (name.empty() || !is_valid_utf8(name) || utf8_length(name) > 64 || has_control_characters(name)) {
    return Error(errors::kValueInvalid, "1 to 64 characters", "name");
  }
  if (!notify_url.empty()) TRY(check_notify_url(platform, notify_url));
  // Where the database may be distributed, owners are spread from the beginning: an id keeps its shard for good.
  const int shard = platform.store().exclusive() ? 0 : static_cast<int>(platform.random().below(kShardCount));
  const auto merchant = TRY(platform.engine().run(parties::CreateMerchant{name, notify_url, shard}));
  return std::pair(merchant, TRY(renew_webhook_secret(platform, merchant)));
}

Result<NewKey> add_key(Platform& platform, parties::MerchantId merchant, const std::string& algorithm,
                       const std::string& public_pem, std::optional<Timestamp> expires_at) {
  const auto known = crypto::algorithm_of(algorithm);
  if (!known)
    return Error(errors::kValueInvalid, "ed25519, rsa-v1_5-sha256, ecdsa-p256-sha256 or hmac-sha256", "algorithm");
  NewKey key{{}, algorithm, {}, {}};
  if (*known == crypto::Algorithm::HmacSha256) {
    key.id = TRY(platform.engine().run(parties::CreateApiKey{merchant, algorithm, "", expires_at}));
    key.hmac_secret = Secret(platform.random().bytes(32));
    TRY(platform.engine().run(
        parties::SetApiKeySecret{key.id, {platform.keys().seal(key.hmac_secret, "key:" + key.id.text())}}));
    return key;
  }
  std::string pem = public_pem;
  if (pem.empty()) {
    const auto signer = crypto::Signer::generate(*known);
    key.private_pem = signer.private_pem();
    pem = signer.public_pem();
  }
  TRY(crypto::Verifier::from_pem(*known, pem));
  key.id = TRY(platform.engine().run(parties::CreateApiKey{merchant, algorithm, pem, expires_at}));
  return key;
}

namespace {

/// Every channel that is configured here, as a contract lists them.
std::string methods_here(const Platform& platform) {
  std::string methods;
  for (const auto& code : channel_codes()) {
    if (platform.channel(code) != nullptr) methods += (methods.empty() ? "" : ",") + code;
  }
  return methods;
}

}  // namespace

Result<std::string> add_demo_merchant(Platform& platform, const std::string& shop_url) {
  const auto url = TRY(net::Url::parse(shop_url));
  auto [merchant, webhook_secret] = TRY(add_merchant(platform, "飞钱茶铺 Feiqian Tea House", shop_url + "/webhooks"));
  const auto store = TRY(platform.engine().run(parties::CreateStore{merchant, "示范门店 Demo store"}));
  parties::ContractRow terms;
  terms.merchant = merchant;
  terms.methods = methods_here(platform);
  terms.most_minor = 5000000;
  terms.effective_from = china_date(platform.clock().now());
  const auto contract = TRY(platform.engine().run(parties::CreateContract{terms}));
  pricing::FeeRuleRow price;
  price.price_list = contract.value;
  price.rate_ppm = 6000;
  price.effective_from = terms.effective_from;
  TRY(platform.engine().run(pricing::CreateFeeRule{price}));

  const auto ed25519 = TRY(add_key(platform, merchant, "ed25519", "", std::nullopt));
  const auto rsa = TRY(add_key(platform, merchant, "rsa-v1_5-sha256", "", std::nullopt));
  const auto p256 = TRY(add_key(platform, merchant, "ecdsa-p256-sha256", "", std::nullopt));
  const auto hmac = TRY(add_key(platform, merchant, "hmac-sha256", "", std::nullopt));
  const auto asymmetric = [](const NewKey& key) {
    return json::object{
        {"key_id", key.id.text()}, {"algorithm", key.algorithm}, {"private_key_pem", key.private_pem.reveal()}};
  };
  json::object shop = asymmetric(ed25519);
  shop["listen"] = url.host + ":" + std::to_string(url.port);
  shop["public_url"] = shop_url;
  shop["api_url"] = platform.settings().public_url;
  shop["merchant_id"] = merchant.text();
  shop["store_id"] = store.text();
  shop["webhook_secret"] = webhook_secret.reveal();
  shop["rsa"] = asymmetric(rsa);
  shop["p256"] = asymmetric(p256);
  shop["hmac"] = json::object{{"key_id", hmac.id.text()},
                              {"algorithm", hmac.algorithm},
                              {"secret_base64", to_base64(hmac.hmac_secret.reveal())}};
  return json::serialize(shop) + "\n";
}

}  // namespace feiqian::server
