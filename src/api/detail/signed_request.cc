#include "api/detail/signed_request.h"

#include <algorithm>
#include <cstdlib>

namespace feiqian::api {

bool is_token(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

Result<SignatureInput> read_signed_request(const net::HttpRequest& request, Timestamp now, std::int64_t window_s) {
  auto input = TRY(read_signature(request));
  const auto malformed = [](const char* why) { return Error(errors::kSignatureMalformed, why); };
  for (const char* required : {"@method", "@path", "@query"}) {
    if (!input.covers(required)) return Error(errors::kSignatureMalformed, std::string(required) + " must be covered");
  }
  if (request.method == "POST" && !input.covers("content-digest")) return malformed("content-digest must be covered");
  if (request.headers.has("idempotency-key") && !input.covers("idempotency-key"))
    return malformed("idempotency-key must be covered");
  if (!input.created) return malformed("created is required");
  if (!is_token(input.nonce, 16, 64)) return malformed("nonce must have 16 to 64 characters of A-Za-z0-9_-");
  if (std::abs(now.unix_s() - *input.created) > window_s) {
    return Error(errors::kSignatureExpired,
                 "created must be within " + std::to_string(window_s) + " s of the platform's clock");
  }
  if (input.expires && *input.expires < now.unix_s()) return Error(errors::kSignatureExpired, "expires has passed");
  return input;
}

Result<void> check_signed_request(const net::HttpRequest& request, const SignatureInput& input,
                                  std::string_view algorithm, const crypto::Verifier& key, std::string_view origin) {
  if (!input.algorithm.empty() && input.algorithm != algorithm)
    return Error(errors::kSignatureMalformed, "alg is not the key's algorithm");
  if (!key.verify(TRY(signature_base(request, input, origin)), input.signature))
    return Error(errors::kSignatureInvalid);
  return {};
}

}  // namespace feiqian::api
