// The rows in memory of this module's tables, compiled once for everyone.
#include "channels/registry.h"

namespace feiqian::engine {

template class Rows<channels::ChannelRow>;

}  // namespace feiqian::engine
