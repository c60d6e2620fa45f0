// Who wrote a message of ACP 5.1.0, by one of three methods (`signMethod`):
//
//   01  base64(RSA-SHA256(hex(SHA256(text))))    the sender's certificate; UnionPay's comes with each of its messages
//   11  hex(SHA256(text & "&" & hex(SHA256(key))))    a key that both sides know
//   12  the same with SM3
//
// `text` is all fields but `signature`, sorted by name, `name=value` joined by `&`, raw, without empty ones;
// hexadecimal is in lower case. 01 was checked on a message that UnionPay's test system signed; 11 and 12 follow public
// code.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "channels/unionpay/message.h"
#include "crypto/certificate.h"
#include "crypto/signature.h"
#include "foundation/secret.h"

namespace feiqian::channels::unionpay {

enum class SignMethod { Certificate, Sha256Key, Sm3Key };
/// `01`, `11`, `12`
std::string_view code_of(SignMethod method);
std::optional<SignMethod> sign_method_of(std::string_view code);

std::string string_to_sign(const Fields& fields);
/// Method 01, once the key is trusted.
bool signed_by(const Fields& fields, const crypto::Verifier& key);

/// Signs what we send. Thread-safe.
class MessageSigner {
 public:
  /// `certificate_id`: the serial number of our certificate, in decimal.
  static MessageSigner by_certificate(crypto::Signer key, std::string certificate_id);
  /// `method` is 11 or 12.
  static MessageSigner by_key(SignMethod method, Secret key);

  /// Drops empty fields; sets `signMethod`, `certId` (01 only) and `signature`.
  void sign(Fields& fields) const;

 private:
  MessageSigner(SignMethod method, std::optional<crypto::Signer> signer, std::string certificate_id, Secret key);
  SignMethod method_;
  std::optional<crypto::Signer> signer_;
  std::string certificate_id_;
  Secret key_;
};

/// Proves that UnionPay wrote what we got. Thread-safe.
class MessageVerifier {
 public:
  /// `name`: whose certificate it must be. UnionPay writes names as `041@Z…@NAME@00000001`; only NAME counts.
  static MessageVerifier by_certificate(crypto::TrustedRoots roots, std::string name);
  static MessageVerifier by_key(SignMethod method, Secret key);

  /// Another `signMethod` than agreed is refused, and so is a certificate that does not lead to our roots, is not in
  /// force at `now`, or names somebody else. errors::kSignatureWrong says why.
  Result<void> verify(const Fields& fields, Timestamp now) const;

 private:
  MessageVerifier(SignMethod method, std::optional<crypto::TrustedRoots> roots, std::string name, Secret key);
  Result<void> verify_certificate(const Fields& fields, Timestamp now) const;
  SignMethod method_;
  std::optional<crypto::TrustedRoots> roots_;
  std::string name_;
  Secret key_;
};

/// NAME of `041@Z…@NAME@00000001`; the whole text when it has another form.
std::string_view holder_of(std::string_view common_name);

}  // namespace feiqian::channels::unionpay
