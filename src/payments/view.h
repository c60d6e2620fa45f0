// How payments, refunds and events look to merchants (docs/merchant-api.md). Pure.
#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "payments/tables.h"

namespace feiqian::payments {

struct PaymentView {
  PaymentRow payment;
  std::optional<AttemptRow> attempt;  ///< the one that paid, else the latest
};

/// Makes the cashier's address of a payment.
using CashierUrl = std::function<std::string(PaymentId)>;

/// `storage`: where the object lives.
boost::json::object to_json(const PaymentView& view, const CashierUrl* cashier_url = nullptr,
                            const boost::json::storage_ptr& storage = {});
boost::json::object to_json(const RefundRow& refund);
boost::json::object to_json(const EventRow& event, const std::vector<DeliveryRow>& deliveries);

}  // namespace feiqian::payments
