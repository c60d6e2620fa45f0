#include "engine/batch_metrics.h"

#include <time.h>

#include <boost/core/demangle.hpp>
#include <typeinfo>

#include "foundation/log.h"

namespace feiqian::engine {
namespace {

/// A reading costs a tenth of the exact clock's, which would be felt at 300,000 commands a second.
std::int64_t coarse_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

std::int64_t to_ms(double seconds) {
  return static_cast<std::int64_t>(seconds * 1e3);
}

metrics::Histogram phase(const std::string& worker, const char* name) {
  return metrics::histogram("feiqian_engine_phase_seconds", "Time of a batch's phases", metrics::latency_bounds_s(),
                            {{"worker", worker}, {"phase", name}});
}

metrics::Counter count(const std::string& worker, const char* name, const char* help) {
  return metrics::counter(name, help, {{"worker", worker}});
}

}  // namespace

BatchMetrics::BatchMetrics(const std::string& worker)
    : commands(count(worker, "feiqian_engine_commands_total", "Commands decided")),
      refused(count(worker, "feiqian_engine_refused_total", "Commands refused by a rule")),
      failures(count(worker, "feiqian_engine_batch_failures_total", "Batches that could not be committed")),
      conflicts(
          count(worker, "feiqian_engine_conflicts_total", "Batches done again because another worker came first")),
      interrupted(
          count(worker, "feiqian_engine_commits_interrupted_total", "Commits whose outcome had to be looked up")),
      slow(count(worker, "feiqian_engine_slow_total", "Commands and batches that took longer than engine.slow_ms")),
      size(metrics::histogram("feiqian_engine_batch_commands", "Commands in one batch",
                              {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 8192}, {{"worker", worker}})),
      load(phase(worker, "load")),
      decide(phase(worker, "decide")),
      seal(phase(worker, "seal")),
      flush(phase(worker, "flush")) {}

void BatchMetrics::observe(const BatchTimes& times) const {
  load.observe(times.load_s);
  decide.observe(times.decide_s);
  seal.observe(times.seal_s);
  flush.observe(times.flush_s);
}

std::string command_name(const Submission& submission) {
  constexpr std::string_view kBefore = "feiqian::engine::SubmissionOf<";
  auto name = boost::core::demangle(typeid(submission).name());
  if (name.starts_with(kBefore) && name.ends_with('>')) {
    name.pop_back();
    name.erase(0, kBefore.size());
    while (name.ends_with(' ')) name.pop_back();
  }
  return name;
}

SlowWatch::SlowWatch(std::int64_t slow_ms) : slow_ms_(slow_ms), last_ms_(slow_ms > 0 ? coarse_ms() : 0) {}

bool SlowWatch::lap(const Submission& submission) {
  if (slow_ms_ == 0) return false;
  const auto now = coarse_ms();
  const auto took = now - last_ms_;
  last_ms_ = now;
  if (took < slow_ms_) return false;
  log::warn("engine.command_slow", {{"command", command_name(submission)}, {"ms", took}});
  return true;
}

void log_slow_batch(const BatchTimes& times, std::size_t commands, int worker) {
  log::warn("engine.batch_slow", {{"worker", worker},
                                  {"commands", commands},
                                  {"load_ms", to_ms(times.load_s)},
                                  {"decide_ms", to_ms(times.decide_s)},
                                  {"seal_ms", to_ms(times.seal_s)},
                                  {"flush_ms", to_ms(times.flush_s)}});
}

}  // namespace feiqian::engine
