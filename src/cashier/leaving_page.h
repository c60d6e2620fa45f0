// The page that takes the payer's browser to a provider which wants a form instead of an address: hidden fields, sent
// by themselves, or by a button where scripts are off. Pure.
#pragma once

#include <string>

#include "foundation/text.h"
#include "net/http.h"

namespace feiqian::cashier {

net::HttpResponse leaving_page(const std::string& url, const FormFields& fields);

}  // namespace feiqian::cashier
