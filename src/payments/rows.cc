// The rows in memory of this module's tables, compiled once for everyone.
#include "payments/tables.h"

namespace feiqian::engine {

template class Rows<payments::PaymentRow>;
template class Rows<payments::AttemptRow>;
template class Rows<payments::RefundRow>;
template class Rows<payments::EventRow>;
template class Rows<payments::DeliveryRow>;
template class Rows<payments::IncidentRow>;

}  // namespace feiqian::engine
