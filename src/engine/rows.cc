// The rows in memory of this module's tables, compiled once for everyone.
#include "engine/command.h"

namespace feiqian::engine {

template class Rows<BatchRow>;
template class Rows<WorkerRow>;
template class Rows<ReferenceVersionRow>;
template class Rows<TaskRow>;
template class Rows<IdempotencyRow>;

}  // namespace feiqian::engine
