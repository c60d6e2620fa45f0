#include "engine/task_runner.h"

#include <algorithm>
#include <set>

#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::engine {

struct TaskRunner::State : std::enable_shared_from_this<State> {
  struct Kind {
    int at_once = 1;
    int per_lane = 1;
    Executor executor;
    int running = 0;
    std::map<std::int64_t, int> lanes;
    std::set<std::pair<std::int64_t, std::int64_t>> due;  // (due µs, task id), not running
  };
  struct Item {
    TaskRow row;
    bool running = false;
    bool changed_meanwhile = false;
    Timestamp known_at{};
  };
  /// What was committed here so lately is not looked up.
  static constexpr std::int64_t kFreshMs = 1000;

  State(const Clock& c, Timer t) : clock(&c), timer(std::move(t)) {}

  const Clock* clock;
  Timer timer;
  Lookup lookup;
  mutable std::mutex mutex;
  std::map<std::string, Kind, std::less<>> kinds;
  std::map<std::int64_t, Item> items;
  std::int64_t armed_for_us = INT64_MAX;
  bool running = false;

  /// Under the lock: takes what may run now, and arms the timer for the next.
  struct Taken {
    const Kind* kind;
    TaskRow row;
    bool fresh;
  };
  std::vector<Taken> take_due() {
    std::vector<Taken> taken;
    if (!running) return taken;
    const auto now = clock->now();
    std::int64_t next_us = INT64_MAX;
    for (auto& [name, kind] : kinds) {
      for (auto at = kind.due.begin(); at != kind.due.end() && kind.running < kind.at_once;) {
        if (at->first > now.us) {
          next_us = std::min(next_us, at->first);
          break;
        }
        Item& item = items.at(at->second);
        int& in_lane = kind.lanes[item.row.lane];
        if (in_lane >= kind.per_lane) {
          ++at;
          continue;
        }
        ++in_lane;
        ++kind.running;
        item.running = true;
        item.changed_meanwhile = false;
        taken.push_back({&kind, item.row, ms_between(item.known_at, now) < kFreshMs});
        at = kind.due.erase(at);
      }
    }
    if (next_us < armed_for_us) {
      armed_for_us = next_us;
      const auto wait_ms = std::max<std::int64_t>(1, (next_us - now.us + 999) / 1000);
      timer(wait_ms, [self = shared_from_this()] { self->run_due(true); });
    }
    return taken;
  }

  void run_due(bool from_timer = false) {
    std::vector<Taken> taken;
    {
      const std::lock_guard lock(mutex);
      if (from_timer) armed_for_us = INT64_MAX;
      taken = take_due();
    }
    for (const auto& task : taken) {
      if (lookup && !task.fresh) {
        lookup(task.row.id, [self = shared_from_this(), task](const Result<std::optional<TaskRow>>& found) {
          self->confirm(task, found);
        });
      } else {
        perform(task);
      }
    }
  }

  void perform(const Taken& task) {
    auto done = [self = shared_from_this(), id = task.row.id.value,
                 called = std::make_shared<std::atomic<bool>>(false)] {
      if (!called->exchange(true)) self->finished(id);
    };
    task.kind->executor(task.row, std::move(done));
  }

  void confirm(const Taken& task, const Result<std::optional<TaskRow>>& found) {
    const bool ours = found.ok() && found.value() && found.value()->chain == task.row.chain;
    if (ours && found.value()->due_at <= clock->now()) {
      perform(task);
      return;
    }
    if (found.ok()) {
      const std::lock_guard lock(mutex);
      Item& item = items.at(task.row.id.value);
      if (!item.changed_meanwhile && item.row.id.value != 0) {
        item.changed_meanwhile = true;
        item.row = ours ? **found : TaskRow{};  // without an id it is forgotten
        item.row.kind = task.row.kind;
        item.row.lane = task.row.lane;
      }
    }
    finished(task.row.id.value);
  }

  void finished(std::int64_t id) {
    {
      const std::lock_guard lock(mutex);
      const auto found = items.find(id);
      if (found != items.end()) release(found);
    }
    // On the timer's thread: an executor that is done at once must not recurse.
    timer(0, [self = shared_from_this()] { self->run_due(); });
  }

  void release(std::map<std::int64_t, Item>::iterator found) {
    constexpr std::int64_t kPauseMs = 5000;
    Item& item = found->second;
    Kind& kind = kinds.at(item.row.kind);
    leave_lane(kind, item.row.lane);
    item.running = false;
    if (item.row.id.value == 0) {
      items.erase(found);
      return;
    }
    // Its outcome was not recorded: the row is as it was. Run it again, later.
    if (!item.changed_meanwhile) item.row.due_at = clock->now().plus_ms(kPauseMs);
    kind.due.emplace(item.row.due_at.us, found->first);
  }

  static void leave_lane(Kind& kind, std::int64_t lane) {
    --kind.running;
    const auto in_lane = kind.lanes.find(lane);
    if (--in_lane->second == 0) kind.lanes.erase(in_lane);
  }

  void apply(const TaskChanges& changes) {
    {
      const std::lock_guard lock(mutex);
      for (const auto& row : changes.upserts) upsert(row);
      for (const auto id : changes.deletes) remove(id.value);
      static const auto kBacklog = metrics::gauge("feiqian_tasks", "Tasks in the outbox");
      kBacklog.set(static_cast<double>(items.size()));
    }
    timer(0, [self = shared_from_this()] { self->run_due(); });
  }

  void upsert(const TaskRow& row) {
    const auto kind = kinds.find(row.kind);
    if (kind == kinds.end()) {
      log::error("task.kind_unknown", {{"kind", row.kind}, {"task", row.id}});
      return;
    }
    auto [found, fresh] = items.try_emplace(row.id.value, Item{row});
    found->second.known_at = clock->now();
    Item& item = found->second;
    if (!fresh && !item.running) kind->second.due.erase({item.row.due_at.us, row.id.value});
    item.row = row;
    item.changed_meanwhile = true;
    if (!item.running) kind->second.due.emplace(row.due_at.us, row.id.value);
  }

  void remove(std::int64_t id) {
    const auto found = items.find(id);
    if (found == items.end()) return;
    Item& item = found->second;
    if (item.running) {
      item.row.id.value = 0;  // forgotten when its executor is done
    } else {
      kinds.at(item.row.kind).due.erase({item.row.due_at.us, id});
      items.erase(found);
    }
  }
};

TaskRunner::TaskRunner(const Clock& clock, Timer timer) : state_(std::make_shared<State>(clock, std::move(timer))) {}
TaskRunner::~TaskRunner() {
  stop();
}

void TaskRunner::handle(std::string kind, int at_once, int per_lane, Executor executor) {
  const std::lock_guard lock(state_->mutex);
  state_->kinds[std::move(kind)] = State::Kind{at_once, per_lane, std::move(executor), 0, {}, {}};
}

void TaskRunner::confirm_with(Lookup lookup) {
  const std::lock_guard lock(state_->mutex);
  state_->lookup = std::move(lookup);
}

void TaskRunner::apply(const TaskChanges& changes) {
  state_->apply(changes);
}

void TaskRunner::begin() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->running = true;
  }
  state_->timer(0, [state = state_] { state->run_due(); });
}

void TaskRunner::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->running = false;
}

std::size_t TaskRunner::backlog() const {
  const std::lock_guard lock(state_->mutex);
  return state_->items.size();
}

}  // namespace feiqian::engine
