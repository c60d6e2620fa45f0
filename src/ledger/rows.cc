// The rows in memory of this module's tables, compiled once for everyone.
#include "ledger/archive.h"
#include "ledger/holds.h"
#include "ledger/tables.h"

namespace feiqian::engine {

template class Rows<ledger::AccountRow>;
template class Rows<ledger::BalanceRow>;
template class Rows<ledger::BlockRow>;
template class Rows<ledger::PageRow>;
template class Rows<ledger::MergeMarkRow>;
template class Rows<ledger::ReversalRow>;
template class Rows<ledger::HoldRow>;
template class Rows<ledger::ArchiveRow>;

}  // namespace feiqian::engine
