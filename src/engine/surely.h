// Submitting a command whose loss would leave work undone: a full queue or a busy store is tried again, until the
// engine stops.
#pragma once

#include <functional>
#include <utility>

#include "engine/engine.h"

namespace feiqian::engine {

using Timer = std::function<void(std::int64_t ms, std::function<void()> work)>;

template <class Command>
void submit_surely(Engine& engine, Timer timer, Command command,
                   std::function<void(Result<typename Command::Reply>)> done) {
  constexpr std::int64_t kPauseMs = 250;
  engine.submit(command,
                [&engine, timer, command, done = std::move(done)](Result<typename Command::Reply> reply) mutable {
                  const bool again = !reply && reply.error().consequence() == Consequence::RetrySafe &&
                                     !reply.error().is(errors::kEngineStopped);
                  if (!again) {
                    done(std::move(reply));
                    return;
                  }
                  timer(kPauseMs, [&engine, timer, command = std::move(command), done = std::move(done)]() mutable {
                    submit_surely(engine, std::move(timer), std::move(command), std::move(done));
                  });
                });
}

}  // namespace feiqian::engine
