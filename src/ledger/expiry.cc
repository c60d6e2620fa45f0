#include "ledger/expiry.h"

#include "ledger/holds.h"

namespace feiqian::ledger {

void install_hold_expiry(engine::TaskRunner& runner, engine::Engine& engine, engine::Timer timer) {
  constexpr int kAtOnce = 256;
  runner.handle(kHoldExpire, kAtOnce, kAtOnce,
                [&engine, timer = std::move(timer)](const engine::TaskRow& task, std::function<void()> done) {
                  engine::submit_surely(engine, timer, ReleaseHold{HoldId{task.subject}, true},
                                        [done = std::move(done)](const auto&) { done(); });
                });
}

}  // namespace feiqian::ledger
