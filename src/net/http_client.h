// The HTTP/1.1 client (Boost.Beast), with TLS verified against the system's certificates. Redirects are never followed.
//
// Errors tell what may be concluded: errors::kConnectFailed (nothing was sent: RetrySafe), errors::kNoAnswer (sent, no
// complete answer: OutcomeUnknown), errors::kAddressForbidden, errors::kUrlInvalid. The callback runs on a loop thread.
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http.h"
#include "net/runtime.h"

namespace feiqian::net {

struct ClientRequest {
  std::string method = "POST";
  std::string url;
  Headers headers;
  std::string body;
  std::int64_t timeout_ms =
      10000;  ///< from connecting to the end of the answer; names are resolved within the system resolver's own limits
  std::size_t max_response_bytes = 1 << 20;      ///< a larger answer counts as no answer
  AddressPolicy addresses = AddressPolicy::Any;  ///< checked after resolution, on the very address connected to
  bool keep_alive = false;                       ///< reuse connections to that host
};

class HttpClient {
 public:
  explicit HttpClient(Runtime& runtime);
  ~HttpClient();
  using Callback = std::function<void(Result<HttpResponse>)>;
  /// Instead of the network: requests go to `transport`, which calls back once, in its own time. For simulation.
  using Transport = std::function<void(ClientRequest, Callback)>;
  explicit HttpClient(Transport transport);
  void send(ClientRequest request, Callback callback);

  struct State;

 private:
  std::shared_ptr<State> state_;
  Transport transport_;
};

}  // namespace feiqian::net
