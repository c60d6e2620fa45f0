// A command with the caller's Idempotency-Key: its first answer is kept in the same commit and given again.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "api/errors.h"
#include "engine/command.h"

namespace feiqian::api {

struct Answer {
  int status = 200;
  std::string body;
};

template <class Command>
struct Idempotent {
  struct Reply {
    Answer answer;
    bool replayed = false;
    std::optional<typename Command::Reply> result;  ///< when the command was accepted now
  };

  Command command;
  std::int64_t scope = 0;
  std::string key;           ///< empty: no record is kept
  std::string request_hash;  ///< SHA-256 of method, path and body
  std::function<Answer(const Result<typename Command::Reply>&)> render;

  void load(engine::Load& load) const {
    command.load(load);
    if (!key.empty()) load.first(engine::kIdempotencyByKey, scope, key);
  }

  Result<Reply> decide(engine::Decision& decision) const {
    if (!key.empty()) {
      if (const auto* record = decision.first(engine::kIdempotencyByKey, scope, key)) {
        if (record->request_hash.bytes != request_hash) return Error(errors::kKeyReused, "", "Idempotency-Key");
        return Reply{{record->status, record->body}, true, std::nullopt};
      }
    }
    auto result = command.decide(decision);
    if (!result && key.empty()) return result.error();
    if (!result) decision.undo();
    Reply reply{render(result), false, std::nullopt};
    if (!key.empty()) {
      decision.insert(engine::kIdempotency,
                      engine::IdempotencyRow{decision.new_id<StrongId<engine::IdempotencyTag>>(shard_of(scope)),
                                             scope,
                                             key,
                                             {request_hash},
                                             reply.answer.status,
                                             reply.answer.body,
                                             decision.context.now});
    }
    if (result) reply.result = std::move(result).value();
    return reply;
  }
};

}  // namespace feiqian::api
