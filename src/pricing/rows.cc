// The rows in memory of this module's tables, compiled once for everyone.
#include "pricing/fee_rules.h"

namespace feiqian::engine {

template class Rows<pricing::FeeRuleRow>;

}  // namespace feiqian::engine
