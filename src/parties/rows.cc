// The rows in memory of this module's tables, compiled once for everyone.
#include "parties/tables.h"

namespace feiqian::engine {

template class Rows<parties::MerchantRow>;
template class Rows<parties::StoreRow>;
template class Rows<parties::ContractRow>;
template class Rows<parties::ApiKeyRow>;
template class Rows<parties::DailyVolumeRow>;

}  // namespace feiqian::engine
