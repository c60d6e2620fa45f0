// The steering page at /: what the sandbox holds, and forms to pay orders, add and remove faults, and deliver
// notifications now. Opened with the control token, then by session cookie; every form carries a one-time token.
// Thread-safe.
#pragma once

#include "sandbox/access.h"
#include "sandbox/control.h"
#include "sandbox/html.h"
#include "sandbox/web.h"

namespace feiqian::sandbox {

class Steering {
 public:
  Steering(Surroundings& surroundings, Access& access, Control& control)
      : surroundings_(surroundings), access_(access), control_(control), form_tokens_(surroundings.random) {}

  net::HttpResponse handle(const net::HttpRequest& request);

 private:
  Result<net::HttpResponse> overview(Language language, std::string_view message);
  net::HttpResponse log_in(const Parameters& form);
  /// What to tell on the page afterwards.
  Result<std::string> act(std::string_view path, const Parameters& form);

  Surroundings& surroundings_;
  Access& access_;
  Control& control_;
  FormTokens form_tokens_;
};

}  // namespace feiqian::sandbox
