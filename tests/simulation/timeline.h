// Virtual time: what is to happen, in order. Nothing waits; when nothing is due, time goes on to the next event.
//
// An event may belong to a life (of a process); when that ends its events are dropped, as timers and sockets are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "foundation/time.h"

namespace feiqian::simulation {

class Timeline {
 public:
  using Work = std::function<void()>;
  using Life = std::int64_t;
  static constexpr Life kWorld = 0;

  void after_us(std::int64_t us, Life life, Work work) {
    if (life != kWorld && life <= ended_) return;
    events_.emplace(std::pair(now_us_ + us, ++sequence_), Event{life, std::move(work)});
  }
  void after_ms(std::int64_t ms, Life life, Work work) { after_us(ms * 1000, life, std::move(work)); }

  bool due() const { return !events_.empty() && events_.begin()->first.first <= now_us_; }
  bool empty() const { return events_.empty(); }
  /// Runs the earliest event; time goes on to it. There must be one.
  void run_next() {
    auto next = events_.extract(events_.begin());
    if (next.key().first > now_us_) now_us_ = next.key().first;
    next.mapped().work();
  }
  /// Lives are counted up.
  void end(Life life) {
    ended_ = life;
    std::erase_if(events_, [&](const auto& entry) { return entry.second.life == life; });
  }
  /// Time that a step itself takes.
  void pass_us(std::int64_t us) { now_us_ += us; }
  std::int64_t now_us() const { return now_us_; }

 private:
  struct Event {
    Life life;
    Work work;
  };
  std::int64_t now_us_ = 0;
  std::int64_t sequence_ = 0;
  Life ended_ = kWorld;
  std::map<std::pair<std::int64_t, std::int64_t>, Event> events_;
};

/// 2026-11-22 10:00 China time: when every simulation begins.
inline constexpr Timestamp kBeginning{1795312800000000};

/// What a clock on the wall shows: true time, and by how much it is wrong.
class WallClock final : public Clock {
 public:
  explicit WallClock(const Timeline& timeline) : timeline_(&timeline) {}
  Timestamp now() const override { return {kBeginning.us + timeline_->now_us() + wrong_by_us_}; }
  void jump_us(std::int64_t us) { wrong_by_us_ += us; }
  std::int64_t wrong_by_us() const { return wrong_by_us_; }

 private:
  const Timeline* timeline_;
  std::int64_t wrong_by_us_ = 0;
};

}  // namespace feiqian::simulation
