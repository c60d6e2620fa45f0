// Performs `hold.expire`: what is still held when a hold's time has come is available again.
#pragma once

#include "engine/surely.h"
#include "engine/task_runner.h"

namespace feiqian::ledger {

/// Before the engine starts. A hold that ended meanwhile stays as it is.
void install_hold_expiry(engine::TaskRunner& runner, engine::Engine& engine, engine::Timer timer);

}  // namespace feiqian::ledger
