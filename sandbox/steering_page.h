// The steering page as HTML. Pure.
#pragma once

#include <string>
#include <vector>

#include "sandbox/counterparty.h"
#include "sandbox/faults.h"
#include "sandbox/html.h"
#include "sandbox/notifications.h"

namespace feiqian::sandbox {

struct Overview {
  Language language = Language::Chinese;
  std::string form_token;
  std::string message;  ///< of the last action; empty: none
  std::vector<TradeView> trades;
  std::vector<Notification> notifications;
  std::vector<FaultRule> faults;
};

std::string overview_page(const Overview& overview);
std::string login_page(Language language, bool refused);

}  // namespace feiqian::sandbox
