#include "engine/task_runner.h"

#include <algorithm>
#include <optional>
#include <set>

#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::engine {

struct TaskRunner::State : std::enable_shared_from_this<State> {
  using DueKey = std::pair<std::int64_t, std::int64_t>;  // (due µs, id of a task or of a lane)
  struct Lane {
    std::set<DueKey> waiting;  // of tasks that are not running
    int running = 0;
    std::optional<DueKey> turn;  // its place in `turns`
  };
  struct Kind {
    int at_once = 1;
    int per_lane = 1;
    Executor executor;
    int running = 0;
    std::map<std::int64_t, Lane> lanes;
    /// The first task of each lane that may begin another one: a full lane is not looked at, however much waits in it.
    std::set<DueKey> turns;

    void wait(const TaskRow& task) {
      lanes[task.lane].waiting.emplace(task.due_at.us, task.id.value);
      place(task.lane);
    }
    void wait_no_more(const TaskRow& task) {
      const auto lane = lanes.find(task.lane);
      if (lane == lanes.end()) return;
      lane->second.waiting.erase({task.due_at.us, task.id.value});
      place(task.lane);
    }
    void begin(const TaskRow& task) {
      ++running;
      ++lanes.at(task.lane).running;
      wait_no_more(task);
    }
    void end(std::int64_t lane) {
      --running;
      --lanes.at(lane).running;
      place(lane);
    }

   private:
    void place(std::int64_t id) {
      const auto found = lanes.find(id);
      Lane& lane = found->second;
      if (lane.turn) turns.erase(*lane.turn);
      lane.turn.reset();
      if (lane.waiting.empty() && lane.running == 0) {
        lanes.erase(found);
      } else if (!lane.waiting.empty() && lane.running < per_lane) {
        lane.turn.emplace(lane.waiting.begin()->first, id);
        turns.insert(*lane.turn);
      }
    }
  };
  struct Item {
    TaskRow row;
    bool running = false;
    bool changed_meanwhile = false;
    Timestamp known_at{};
    Kind* runs_as = nullptr;  // while it runs: a change meanwhile may name others
    std::int64_t runs_in = 0;
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
  std::int64_t looks = 0;
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
      while (!kind.turns.empty() && kind.running < kind.at_once) {
        ++looks;
        const auto [due_us, lane] = *kind.turns.begin();
        if (due_us > now.us) {
          next_us = std::min(next_us, due_us);
          break;
        }
        Item& item = items.at(kind.lanes.at(lane).waiting.begin()->second);
        kind.begin(item.row);
        item.running = true;
        item.changed_meanwhile = false;
        item.runs_as = &kind;
        item.runs_in = lane;
        taken.push_back({&kind, item.row, ms_between(item.known_at, now) < kFreshMs});
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
    item.runs_as->end(item.runs_in);
    item.running = false;
    if (item.row.id.value == 0) {
      items.erase(found);
      return;
    }
    // Its outcome was not recorded: the row is as it was. Run it again, later.
    if (!item.changed_meanwhile) item.row.due_at = clock->now().plus_ms(kPauseMs);
    kinds.at(item.row.kind).wait(item.row);
  }

  void apply(const TaskChanges& changes) {
    {
      const std::lock_guard lock(mutex);
      for (const auto& row : changes.upserts) upsert(row);
      for (const auto id : changes.deletes) remove(id.value);
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
    if (!fresh && !item.running) kinds.at(item.row.kind).wait_no_more(item.row);
    item.row = row;
    item.changed_meanwhile = true;
    if (!item.running) kind->second.wait(row);
  }

  void measure() const;

  void remove(std::int64_t id) {
    const auto found = items.find(id);
    if (found == items.end()) return;
    Item& item = found->second;
    if (item.running) {
      item.row.id.value = 0;  // forgotten when its executor is done
    } else {
      kinds.at(item.row.kind).wait_no_more(item.row);
      items.erase(found);
    }
  }
};

void TaskRunner::State::measure() const {
  const auto now = clock->now();
  for (const auto& [name, kind] : kinds) {
    std::size_t waiting = 0;
    std::int64_t oldest_us = now.us;
    for (const auto& [id, lane] : kind.lanes) {
      waiting += lane.waiting.size();
      if (!lane.waiting.empty()) oldest_us = std::min(oldest_us, lane.waiting.begin()->first);
    }
    const metrics::Labels labels{{"kind", name}};
    metrics::gauge("feiqian_tasks", "Tasks of this node in the outbox", labels)
        .set(static_cast<double>(waiting + static_cast<std::size_t>(kind.running)));
    metrics::gauge("feiqian_tasks_running", "Tasks that are being performed", labels)
        .set(static_cast<double>(kind.running));
    metrics::gauge("feiqian_task_oldest_due_seconds", "How long the longest waiting task is overdue", labels)
        .set(static_cast<double>(now.us - oldest_us) / 1e6);
  }
}

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

std::int64_t TaskRunner::looks() const {
  const std::lock_guard lock(state_->mutex);
  return state_->looks;
}

void TaskRunner::measure() const {
  const std::lock_guard lock(state_->mutex);
  state_->measure();
}

}  // namespace feiqian::engine
