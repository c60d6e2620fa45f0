// One batch: load in rounds, decide in order, seal, flush in one commit, then answer. No threads and no clock of its
// own, so that a simulation can drive it step by step; `Engine` puts a thread and a queue around it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/chain.h"
#include "engine/command.h"
#include "engine/errors.h"

namespace feiqian::engine {

/// A command with its reply's address.
class Submission {
 public:
  virtual ~Submission() = default;
  virtual void load(Load& load) const = 0;
  /// False when the command was refused.
  virtual bool decide(Decision& decision) = 0;
  /// After the commit, or instead of it.
  virtual void answer() = 0;
  virtual void fail(const Error& error) = 0;
};

template <class Command>
class SubmissionOf final : public Submission {
 public:
  using Reply = typename Command::Reply;
  using Callback = std::function<void(Result<Reply>)>;
  SubmissionOf(Command command, Callback callback) : command_(std::move(command)), callback_(std::move(callback)) {}

  void load(Load& load) const override { command_.load(load); }
  bool decide(Decision& decision) override {
    reply_.emplace(command_.decide(decision));
    return reply_->ok();
  }
  void answer() override { callback_(std::move(*reply_)); }
  void fail(const Error& error) override { callback_(error); }

 private:
  Command command_;
  Callback callback_;
  std::optional<Result<Reply>> reply_;
};

/// Checks and completes every batch before it is flushed (the ledger's invariants and summaries).
class BatchSeal {
 public:
  virtual ~BatchSeal() = default;
  /// Before the first batch, and whenever what is stored has to be looked at anew: `rows` are empty.
  virtual Result<void> recover(store::Reader& reader, WorkingSet& rows, int chain) = 0;
  /// Rows that the seal will need.
  virtual void load(Load& load) const = 0;
  struct Contribution {
    std::string root;  ///< goes into the batch's record and hash
    std::int32_t vouchers = 0;
  };
  /// An error refuses the batch and stops the engine.
  virtual Result<Contribution> seal(Decision& decision) = 0;
};

/// Sees what was committed, on the engine's thread, before the answers go out. Must not block.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  virtual void committed(WorkingSet& rows) = 0;
};

/// What a commit did to the outbox.
struct TaskChanges {
  std::vector<TaskRow> upserts;
  std::vector<TaskId> deletes;
};

struct BatchMetrics;
struct BatchTimes;

class BatchProcessor {
 public:
  using Submissions = std::span<const std::unique_ptr<Submission>>;
  using TasksChanged = std::function<void(const TaskChanges&)>;

  /// `node`: see Chain.
  BatchProcessor(store::Store& store, const Clock& clock, std::vector<BatchSeal*> seals, std::string node = "node");
  ~BatchProcessor();

  /// Takes a chain and reads what must be known before the first batch: its head, parameters. Returns the chain's
  /// tasks.
  Result<std::vector<TaskRow>> recover();
  /// Processes all submissions as one batch and answers each. False when the engine must stop (a broken invariant).
  bool process(Submissions submissions, const TasksChanged& tasks_changed);
  /// Before the first batch.
  void observe(CommitObserver& observer) { observers_.push_back(&observer); }

  /// How to wait before a batch is done again after the `again`th conflict with another worker; without: at once.
  void set_pause(std::function<void(int again)> pause) { pause_ = std::move(pause); }

  /// Which of the process's workers this is, for metrics and logs; commands and batches that take `slow_ms` or longer
  /// are logged, 0: none.
  void set_watch(int worker, std::int64_t slow_ms);

  /// An empty batch, to learn whether the store takes commits again.
  void probe(const TasksChanged& tasks_changed);
  bool store_healthy() const { return store_healthy_; }

  /// From any thread.
  int chain_number() const { return chain_.number(); }
  /// Keeps the worker's lease in a shared store; to be called now and then when there is nothing to process.
  void keep_lease();
  /// After the last batch.
  void release_chain() { chain_.release(); }

 private:
  /// One round of loading, with what is to be watched in a shared store.
  Result<void> load_round(bool first);
  Result<void> load_rows(Submissions submissions, const Context& context);
  /// The store, when commands may read from it one by one.
  store::Store* direct() const;
  Result<void> complete(const Submission& submission, const Context& context);
  Result<bool> commit(Decision& decision, std::size_t commands, TaskChanges& tasks, BatchTimes& times,
                      bool even_if_empty = false);
  Result<void> decide_all(Submissions submissions, Decision& decision, BatchTimes& times);
  /// The whole batch, once. errors::kStoreConflict: everything is to be forgotten, then it may be done again.
  Result<TaskChanges> attempt(Submissions submissions);
  void forget();
  void fail_all(Submissions submissions, const Error& error);
  /// A commit that was interrupted: the batch's record tells whether it took effect. RetrySafe when it did not; the
  /// error itself when that cannot be read.
  Result<void> resolve_commit(const BatchRow& batch, const Error& interrupted);
  void reload_parameters();
  Context next_context() const;
  /// After a commit whose outcome could not be learned: opens the store anew and reads the head of the chain.
  Result<void> regain(const TasksChanged& tasks_changed);

  store::Store* store_;
  const Clock* clock_;
  std::vector<BatchSeal*> seals_;
  std::vector<CommitObserver*> observers_;
  WorkingSet rows_;
  IdGenerator ids_;
  Parameters parameters_;
  Evidence evidence_;
  Chain chain_;
  bool head_known_ = true;
  bool parameters_stale_ = false;
  std::atomic<bool> store_healthy_{true};
  std::function<void(int)> pause_;
  int worker_ = 0;
  std::int64_t slow_ms_ = 0;
  std::unique_ptr<BatchMetrics> metrics_;
};

}  // namespace feiqian::engine
