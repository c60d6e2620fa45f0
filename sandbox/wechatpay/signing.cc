#include "sandbox/wechatpay/signing.h"

#include "crypto/aead.h"
#include "foundation/text.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::string_view kScheme = "WECHATPAY2-SHA256-RSA2048 ";
constexpr std::size_t kSealNonce = 12;

/// Letters and digits, as the provider's nonces are.
std::string nonce_of(Random& random, std::size_t size) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string nonce;
  while (nonce.size() < size) nonce += kAlphabet[random.below(kAlphabet.size())];
  return nonce;
}

}  // namespace

std::optional<Credentials> credentials_of(std::string_view authorization) {
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  Credentials read;
  for (const auto part : split(authorization.substr(kScheme.size()), ',')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = pair.substr(0, equals);
    auto value = pair.substr(equals + 1);
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
    value = value.substr(1, value.size() - 2);
    std::string* place = name == "mchid"       ? &read.mchid
                         : name == "serial_no" ? &read.serial_no
                         : name == "nonce_str" ? &read.nonce
                         : name == "timestamp" ? &read.timestamp
                         : name == "signature" ? &read.signature
                                               : nullptr;
    if (place == nullptr || !place->empty() || value.empty()) return std::nullopt;
    *place = value;
  }
  const bool complete = !read.mchid.empty() && !read.serial_no.empty() && !read.nonce.empty() &&
                        !read.timestamp.empty() && !read.signature.empty();
  return complete ? std::optional(std::move(read)) : std::nullopt;
}

bool request_is_signed(const net::HttpRequest& request, const Credentials& credentials, const crypto::Verifier& key) {
  const auto signature = from_base64(credentials.signature);
  if (!signature) return false;
  const auto target = request.query.empty() ? request.path : request.path + "?" + request.query;
  return key
      .verify(request.method + "\n" + target + "\n" + credentials.timestamp + "\n" + credentials.nonce + "\n" +
                  request.body + "\n",
              *signature)
      .ok();
}

void sign(net::Headers& headers, std::string_view body, const PlatformKey& key, Timestamp now, Random& random,
          bool wrongly) {
  const auto seconds = std::to_string(now.unix_s());
  const auto nonce = nonce_of(random, 32);
  const auto text = seconds + "\n" + nonce + "\n" + std::string(body) + (wrongly ? ".\n" : "\n");
  headers.set("Wechatpay-Timestamp", seconds);
  headers.set("Wechatpay-Nonce", nonce);
  headers.set("Wechatpay-Serial", key.serial);
  headers.set("Wechatpay-Signature", to_base64(key.signer.sign(text)));
  headers.set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
}

codec::json::object sealed(const Secret& api_v3_key, std::string_view plain, std::string_view associated_data,
                           Random& random) {
  const auto nonce = nonce_of(random, kSealNonce);
  return {{"algorithm", "AEAD_AES_256_GCM"},
          {"associated_data", associated_data},
          {"ciphertext", to_base64(crypto::aes_256_gcm_seal(api_v3_key, nonce, associated_data, plain))},
          {"nonce", nonce}};
}

}  // namespace feiqian::sandbox::wechatpay
