#include "sandbox/wechatpay/keys.h"

#include <algorithm>

#include "codec/json.h"
#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/private_file.h"

namespace feiqian::sandbox::wechatpay {
namespace {

namespace json = codec::json;

constexpr std::size_t kMostCached = 1000;
constexpr std::int64_t kDayS = 86400;
constexpr std::int64_t kValidDays = 5 * 365;

/// A number becomes a file name.
bool is_mchid(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Account> account_from(std::string_view content) {
  auto reader = TRY(codec::JsonReader::parse(content));
  const auto mchid = reader.required_text("mchid", 1, 32);
  const auto appid = reader.required_text("appid", 1, 32);
  const auto serial_no = reader.required_token("serial_no", 1, 64);
  const auto api_v3_key = reader.required_text("api_v3_key", 32, 32);
  if (reader.failed() || api_v3_key.size() != 32)
    return Error(errors::kKeyInvalid, "mchid, appid, serial_no and a key of 32 bytes are needed");
  // Read past the reader, which refuses line ends in a text.
  const auto whole = TRY(codec::parse_json(content));
  const auto* pem = whole.get_object().if_contains("public_key_pem");
  if (pem == nullptr || !pem->is_string()) return Error(errors::kKeyInvalid, "public_key_pem is missing");
  auto key = TRY(crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, std::string_view(pem->get_string())));
  return Account{mchid, appid, serial_no, std::move(key), Secret(api_v3_key)};
}

}  // namespace

Result<std::unique_ptr<Keys>> Keys::open(const std::string& directory, const Clock& clock, Random& random) {
  TRY(make_directory(directory + "/merchants"));
  TRY(make_directory(directory + "/platform"));
  std::unique_ptr<Keys> keys(new Keys(directory, clock, random));
  TRY(keys->load());
  TRY(keys->load_public_key());
  return keys;
}

Result<void> Keys::load() {
  const auto state = TRY(read_file(directory_ + "/platform/state.json"));
  if (!state) {
    listed_.push_back(TRY(make()));
    signing_ = listed_.back();
    return save();
  }
  const auto parsed = TRY(codec::parse_json(*state));
  const auto* serials = parsed.is_object() ? parsed.get_object().if_contains("listed") : nullptr;
  const auto* signing = parsed.is_object() ? parsed.get_object().if_contains("signing") : nullptr;
  if (serials == nullptr || !serials->is_array() || signing == nullptr || !signing->is_string())
    return Error(errors::kKeyInvalid, "platform/state.json is not in order");
  for (const auto& serial : serials->get_array()) {
    if (!serial.is_string()) return Error(errors::kKeyInvalid, "platform/state.json is not in order");
    listed_.push_back(TRY(read(std::string(serial.get_string()))));
  }
  signing_ = TRY(read(std::string(signing->get_string())));
  return {};
}

Result<void> Keys::load_public_key() {
  const auto key = TRY(read_private_file(directory_ + "/public_key.key.pem"));
  const auto id = TRY(read_file(directory_ + "/public_key_id"));
  if (!key || !id) return {};
  auto signer = TRY(crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, Secret(*key)));
  public_key_ = std::make_shared<const PlatformKey>(PlatformKey{std::string(trim(*id)), std::move(signer), {}, {}, {}});
  return {};
}

Result<std::shared_ptr<const PlatformKey>> Keys::make_public_key() {
  auto signer = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  const auto id = "PUB_KEY_ID_0" + to_hex(random_.bytes(16));
  TRY(write_file(directory_ + "/public_key.key.pem", signer.private_pem().reveal(), 0600));
  TRY(write_file(directory_ + "/public_key.pem", signer.public_pem(), 0644));
  TRY(write_file(directory_ + "/public_key_id", id + "\n", 0644));
  return std::make_shared<const PlatformKey>(PlatformKey{id, std::move(signer), {}, {}, {}});
}

Result<std::shared_ptr<const PlatformKey>> Keys::public_key() {
  const std::lock_guard lock(mutex_);
  if (public_key_ == nullptr) public_key_ = TRY(make_public_key());
  return public_key_;
}

Result<std::shared_ptr<const PlatformKey>> Keys::read(const std::string& serial) {
  const auto path = directory_ + "/platform/" + serial;
  const auto key = TRY(read_private_file(path + ".key.pem"));
  const auto pem = TRY(read_file(path + ".cert.pem"));
  if (!key || !pem) return Error(errors::kKeyInvalid, "a platform certificate is missing: " + serial);
  const auto certificate = TRY(crypto::Certificate::from_pem(*pem));
  auto signer = TRY(crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, Secret(*key)));
  return std::make_shared<const PlatformKey>(
      PlatformKey{serial, std::move(signer), *pem, certificate.not_before(), certificate.not_after()});
}

Result<std::shared_ptr<const PlatformKey>> Keys::make() {
  const auto serial = crypto::new_serial_hex(random_);
  auto signer = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  const auto now = clock_.now();
  const Timestamp from{now.plus_s(-kDayS).unix_s() * 1000000};
  const auto to = from.plus_s(kValidDays * kDayS);
  const auto pem = TRY(crypto::self_signed_certificate(
      {"Sandbox platform certificate", "Feiqian sandbox", serial, from, to, false, {}}, signer));
  const auto path = directory_ + "/platform/" + serial;
  TRY(write_file(path + ".key.pem", signer.private_pem().reveal(), 0600));
  TRY(write_file(path + ".cert.pem", pem, 0644));
  return std::make_shared<const PlatformKey>(PlatformKey{serial, std::move(signer), pem, from, to});
}

Result<void> Keys::save() {
  json::array listed;
  for (const auto& key : listed_) listed.push_back(json::value(key->serial));
  return write_file(directory_ + "/platform/state.json",
                    json::serialize(json::object{{"signing", signing_->serial}, {"listed", std::move(listed)}}), 0644);
}

std::shared_ptr<const PlatformKey> Keys::signing(std::string_view asked_for) const {
  const std::lock_guard lock(mutex_);
  if (public_key_ != nullptr && asked_for == public_key_->serial) return public_key_;
  return signing_;
}

std::vector<std::shared_ptr<const PlatformKey>> Keys::listed() const {
  const std::lock_guard lock(mutex_);
  return listed_;
}

Result<std::string> Keys::rotate(bool signs, bool only) {
  const auto made = TRY(make());
  const std::lock_guard lock(mutex_);
  if (only) listed_.clear();
  listed_.push_back(made);
  if (signs) signing_ = made;
  TRY(save());
  return made->serial;
}

Result<std::string> Keys::sign_with_newest() {
  const std::lock_guard lock(mutex_);
  signing_ = listed_.back();
  TRY(save());
  return signing_->serial;
}

std::shared_ptr<const Account> Keys::account(const std::string& mchid) {
  if (!is_mchid(mchid)) return nullptr;
  const auto content = read_private_file(directory_ + "/merchants/" + mchid + ".json");
  if (!content) log::warn("sandbox.merchant_unusable", {{"mchid", mchid}, {"error", content.error()}});
  if (!content || !content.value()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto known = accounts_.find(mchid); known != accounts_.end() && known->second.content == **content)
    return known->second.account;
  auto account = account_from(**content);
  if (!account || account->mchid != mchid) {
    log::warn("sandbox.merchant_unusable",
              {{"mchid", mchid}, {"error", account ? "the file names another merchant" : account.error().text()}});
    return nullptr;
  }
  if (accounts_.size() >= kMostCached) accounts_.clear();
  auto shared = std::make_shared<const Account>(std::move(account).value());
  accounts_[mchid] = {**content, shared};
  return shared;
}

}  // namespace feiqian::sandbox::wechatpay
