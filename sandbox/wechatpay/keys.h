// The keys of the sandbox's WeChat Pay, in DIR/wechatpay:
//
//   platform/SERIAL.key.pem, .cert.pem   platform certificates (平台证书) with their keys; the first at first start
//   platform/state.json                  {"signing":"SERIAL","listed":["SERIAL", …]}
//   public_key.pem, public_key_id        the platform public key (微信支付公钥), once somebody asked for one
//   merchants/MCHID.json                 {"mchid","appid","serial_no","public_key_pem","api_v3_key"}, 0600: put there
//   by
//                                        whoever sets up a merchant; read when asked for, so that none needs a restart
//
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/signature.h"
#include "foundation/random.h"
#include "foundation/secret.h"
#include "foundation/time.h"

namespace feiqian::sandbox::wechatpay {

/// A merchant (商户) as the provider knows it.
struct Account {
  std::string mchid;
  std::string appid;
  std::string serial_no;  ///< of the merchant's certificate
  crypto::Verifier key;
  Secret api_v3_key;  ///< 32 bytes
};

/// One key of the provider's own: what the header Wechatpay-Serial names, and what signs.
struct PlatformKey {
  std::string serial;
  crypto::Signer signer;
  std::string certificate_pem;  ///< empty for the platform public key
  Timestamp not_before;
  Timestamp not_after;
};

class Keys {
 public:
  /// Errors: errors::kFileUnusable, errors::kKeyInvalid.
  static Result<std::unique_ptr<Keys>> open(const std::string& directory, const Clock& clock, Random& random);

  /// nullptr: no such merchant, or its file cannot be used (logged).
  std::shared_ptr<const Account> account(const std::string& mchid);
  /// What signs now: the platform public key when `asked_for` is its id, else the current certificate.
  std::shared_ptr<const PlatformKey> signing(std::string_view asked_for = {}) const;
  /// The certificates that GET /v3/certificates gives.
  std::vector<std::shared_ptr<const PlatformKey>> listed() const;

  /// A new certificate, listed from now on. `signs`: it signs from now on; else the one before goes on until a later
  /// call. `only`: the others are listed no more.
  Result<std::string> rotate(bool signs, bool only);
  /// The newest listed certificate signs from now on.
  Result<std::string> sign_with_newest();
  /// The platform public key, made when there is none yet.
  Result<std::shared_ptr<const PlatformKey>> public_key();

 private:
  Keys(std::string directory, const Clock& clock, Random& random)
      : directory_(std::move(directory)), clock_(clock), random_(random) {}
  Result<void> load();
  Result<void> load_public_key();
  Result<std::shared_ptr<const PlatformKey>> make_public_key();
  Result<std::shared_ptr<const PlatformKey>> read(const std::string& serial);
  Result<std::shared_ptr<const PlatformKey>> make();
  Result<void> save();

  const std::string directory_;
  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const PlatformKey>> listed_;  // the newest last
  std::shared_ptr<const PlatformKey> signing_;
  std::shared_ptr<const PlatformKey> public_key_;
  struct Cached {
    std::string content;
    std::shared_ptr<const Account> account;
  };
  std::map<std::string, Cached> accounts_;
};

}  // namespace feiqian::sandbox::wechatpay
