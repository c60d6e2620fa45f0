#include "simulation/runner.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "foundation/check.h"

namespace feiqian::simulation {
namespace {

namespace json = boost::json;

json::object to_json(const Outcome& outcome, const std::vector<std::string>& history) {
  json::object injected;
  for (const auto& [kind, times] : outcome.injected) injected[kind] = times;
  return {{"violation", outcome.violation},
          {"subject", outcome.subject},
          {"detection", static_cast<int>(outcome.detection)},
          {"detected_by", outcome.detected_by},
          {"steps", outcome.steps},
          {"commits", outcome.commits},
          {"payments", outcome.payments},
          {"refunds", outcome.refunds},
          {"webhooks", outcome.webhooks},
          {"lives", outcome.lives},
          {"simulated_us", outcome.simulated_us},
          {"hash", outcome.hash},
          {"injected", std::move(injected)},
          {"history", json::value_from(history)}};
}

void read(const json::object& object, Report& report) {
  auto& outcome = report.outcome;
  const auto number = [&](const char* name) { return object.at(name).to_number<std::int64_t>(); };
  outcome.violation = object.at("violation").as_string();
  outcome.subject = object.at("subject").as_string();
  outcome.detection = static_cast<Detection>(number("detection"));
  outcome.detected_by = object.at("detected_by").as_string();
  outcome.steps = number("steps");
  outcome.commits = number("commits");
  outcome.payments = number("payments");
  outcome.refunds = number("refunds");
  outcome.webhooks = number("webhooks");
  outcome.lives = number("lives");
  outcome.simulated_us = number("simulated_us");
  outcome.hash = object.at("hash").to_number<std::uint64_t>();
  for (const auto& [kind, times] : object.at("injected").as_object())
    outcome.injected[std::string(kind)] = times.to_number<std::int64_t>();
  report.history = json::value_to<std::vector<std::string>>(object.at("history"));
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const auto begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin));
}

// Of the process that runs a plan: what its abort leaves behind.
World* g_world = nullptr;
const std::string* g_result_file = nullptr;

void write_result(const Outcome& outcome, const std::vector<std::string>& history) {
  std::ofstream(*g_result_file, std::ios::binary) << json::serialize(to_json(outcome, history));
}

void leave_history(int) {
  Outcome outcome;
  outcome.violation = "aborted";
  outcome.steps = g_world->steps();
  outcome.injected = g_world->injected();
  write_result(outcome, g_world->history());
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

void Runner::run_here(const Run& run) const {
  std::filesystem::create_directories(run.directory);
  const int words = ::open(run.words_file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ::dup2(words, STDERR_FILENO);
  const auto result_file = run.result_file();
  g_result_file = &result_file;
  const auto credentials = laid_out(*credentials_, run.directory);
  CHECK(credentials.ok());
  {
    World world(run.plan, *credentials);
    g_world = &world;
    std::signal(SIGABRT, leave_history);
    const auto outcome = world.run();
    write_result(outcome, world.history());
  }
  std::_Exit(EXIT_SUCCESS);
}

void Runner::begin(const Plan& plan) {
  Run run{plan, directory_ + "/run-" + std::to_string(++begun_)};
  std::fflush(stdout);
  const auto child = ::fork();
  CHECK(child >= 0);
  if (child == 0) run_here(run);
  running_.emplace(child, std::move(run));
}

Report Runner::next() {
  int status = 0;
  const auto child = ::waitpid(-1, &status, 0);
  const auto run = running_.extract(child).mapped();
  Report report;
  report.plan = run.plan;
  json::error_code failed;
  const auto result = json::parse(content_of(run.result_file()), failed);
  if (!failed && result.is_object()) {
    read(result.get_object(), report);
  } else {
    report.outcome.violation =
        "the process ended by signal " + std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  }
  if (status != 0) {
    report.outcome.violation += ": " + last_line(content_of(run.words_file()));
    // Storage that lies may break what the program relies on: an abort is then a detection.
    report.outcome.detection = Detection::Detected;
    report.outcome.detected_by = report.outcome.violation;
  }
  std::filesystem::remove_all(run.directory);
  return report;
}

}  // namespace feiqian::simulation
