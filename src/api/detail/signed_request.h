// What every signed request must fulfil, whoever signed it (docs/merchant-api.md "Signing"). Private to api/.
#pragma once

#include "api/http_signature.h"
#include "foundation/time.h"

namespace feiqian::api {

/// `least` to `most` characters of A-Za-z0-9_-.
bool is_token(std::string_view text, std::size_t least, std::size_t most);

/// The signature's parameters: what it covers, its time and nonce. errors::kSignatureMissing, kSignatureMalformed,
/// kSignatureExpired.
Result<SignatureInput> read_signed_request(const net::HttpRequest& request, Timestamp now, std::int64_t window_s);

/// errors::kSignatureMalformed (another algorithm than the key's), kSignatureInvalid.
Result<void> check_signed_request(const net::HttpRequest& request, const SignatureInput& input,
                                  std::string_view algorithm, const crypto::Verifier& key, std::string_view origin);

}  // namespace feiqian::api
