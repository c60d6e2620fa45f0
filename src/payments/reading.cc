#include "payments/reading.h"

namespace feiqian::payments {

Result<std::optional<PaymentView>> read_payment(store::Reader& reader, PaymentId id,
                                                std::optional<parties::MerchantId> merchant) {
  auto payment = TRY(store::Query(kPayments).equal<&PaymentRow::id>(id).first(reader));
  if (!payment || (merchant && payment->merchant != *merchant)) return std::optional<PaymentView>();
  PaymentView view{std::move(*payment), std::nullopt};
  if (view.payment.paid_attempt) {
    view.attempt = TRY(store::Query(kAttempts).equal<&AttemptRow::id>(view.payment.paid_attempt).first(reader));
  } else {
    view.attempt = TRY(store::Query(kAttempts).equal<&AttemptRow::payment>(id).first(reader));
  }
  return std::optional<PaymentView>(std::move(view));
}

}  // namespace feiqian::payments
