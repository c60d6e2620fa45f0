// What UnionPay needs beside its settings: our key and certificate, the roots that we trust, or the agreed key; read at
// start, and made by `init` against a sandbox.
#pragma once

#include <memory>
#include <string>

#include "channels/channel.h"
#include "crypto/key_store.h"
#include "net/http_client.h"
#include "server/platform.h"

namespace feiqian::server {

/// Names in the key store.
inline constexpr const char* kUnionPayAppKey = "unionpay-app";        ///< PEM, of our certificate
inline constexpr const char* kUnionPaySecureKey = "unionpay-secure";  ///< text, of sign methods 11 and 12

/// errors::kFileUnusable and errors::kKeyInvalid, also when the certificate is not of our key.
Result<std::unique_ptr<channels::Channel>> make_unionpay(const UnionPaySettings& settings, const DataFiles& files,
                                                         const crypto::KeyStore& keys, net::HttpClient& client,
                                                         const Clock& clock);

/// Makes a key and a certificate for a merchant of the sandbox, gives it the certificate, and takes its roots.
Result<void> exchange_unionpay_keys(const std::string& sandbox_data, const std::string& merchant_id,
                                    const DataFiles& files, crypto::KeyStore& keys, Random& random);

}  // namespace feiqian::server
