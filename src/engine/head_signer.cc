#include "engine/head_signer.h"

#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::engine {
namespace {

/// Tells people: a chain that cannot be signed was changed behind the platform's back, or lost batches.
void tell_refused(const Error& error) {
  static const auto kRefused = metrics::counter("feiqian_heads_refused_total", "Heads that could not be signed");
  kRefused.add();
  log::error("heads.refused", {{"error", error}});
}

void tell_signed(const std::vector<HeadRow>& heads) {
  static const auto kSigned = metrics::counter("feiqian_heads_signed_total", "Heads of chains signed");
  kSigned.add(static_cast<double>(heads.size()));
}

}  // namespace

void HeadSigner::install(TaskRunner& tasks) {
  tasks.handle(kHeadTaskKind, 1, 1,
               [this](const TaskRow& task, std::function<void()> done) { perform(task, std::move(done)); });
}

void HeadSigner::begin() {
  submit_surely(*engine_, timer_, ScheduleHeads{}, [](const Result<bool>& scheduled) {
    if (!scheduled) log::warn("heads.not_scheduled", {{"error", scheduled.error()}});
  });
}

void HeadSigner::perform(const TaskRow& task, std::function<void()> done) {
  const bool posted = reads_->post([this, id = task.id, done](store::Reader& reader) {
    auto heads = heads_to_sign(reader, key_, clock_->now());
    if (!heads) tell_refused(heads.error());
    // Unrecorded, the task comes again soon.
    if (!heads || heads->empty()) {
      done();
      return;
    }
    submit_surely(*engine_, timer_, RecordHeads{*heads, id},
                  [heads = *heads, done](const Result<std::int64_t>& recorded) {
                    if (recorded) tell_signed(heads);
                    done();
                  });
  });
  if (!posted) done();
}

Result<std::vector<HeadRow>> HeadSigner::sign_now(store::Reader& reader) {
  auto heads = heads_to_sign(reader, key_, clock_->now());
  if (!heads) {
    tell_refused(heads.error());
    return heads.error();
  }
  if (heads->empty()) return heads;
  TRY(engine_->run(RecordHeads{*heads}));
  tell_signed(*heads);
  return heads;
}

}  // namespace feiqian::engine
