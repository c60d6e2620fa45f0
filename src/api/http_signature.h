// HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530), as the merchant API profiles them
// (docs/merchant-api.md "Signing").
//
// Pure functions over messages; keys, time and replay are the caller's. Component parameters other than `req` (in
// answers) are refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/errors.h"
#include "crypto/signature.h"
#include "foundation/result.h"
#include "net/http.h"

namespace feiqian::api {

struct SignatureInput {
  std::string label;
  std::vector<std::string> components;  ///< covered names, lower case, without quotes
  std::string parameters;  ///< the inner list and its parameters exactly as sent: `("@method" …);created=…`
  std::optional<std::int64_t> created;
  std::optional<std::int64_t> expires;
  std::string key_id;
  std::string nonce;
  std::string algorithm;
  std::string signature;  ///< raw bytes

  bool covers(std::string_view component) const;
};

/// Reads `Signature-Input` and `Signature`: one signature, or the one labelled sig1. errors::kSignatureMissing,
/// errors::kSignatureMalformed.
Result<SignatureInput> read_signature(const net::HttpRequest& request);

/// §2.5 of RFC 9421. errors::kSignatureMalformed names the component that the request lacks.
/// `origin` is the platform's public scheme and authority, for @target-uri and @scheme.
Result<std::string> signature_base(const net::HttpRequest& request, const SignatureInput& input,
                                   std::string_view origin);

/// `sha-256=:…:` over the body.
std::string content_digest(std::string_view body);
/// A known algorithm (sha-256 or sha-512) must be there and fit. errors::kDigestMismatch.
Result<void> check_digest(const net::HttpRequest& request);

/// Adds Content-Digest, Signature-Input and Signature to an answer, bound to the request it answers.
void sign_response(net::HttpResponse& response, const net::HttpRequest& request, const crypto::Signer& key,
                   std::string_view key_id, std::int64_t created);

}  // namespace feiqian::api
