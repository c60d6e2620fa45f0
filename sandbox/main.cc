// feiqian-sandbox: see sandbox/README.md.
#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>

#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/sandbox.h"

namespace {

using feiqian::Result;
using feiqian::sandbox::CloseUnscanned;
using feiqian::sandbox::SandboxOptions;

/// `127.0.0.1:9401` or `[::1]:9401`
bool read_listen(const std::string& text, SandboxOptions& options) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  const auto port = feiqian::parse_int(std::string_view(text).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return false;
  options.address = text.substr(0, colon);
  if (options.address.starts_with("[") && options.address.ends_with("]"))
    options.address = options.address.substr(1, options.address.size() - 2);
  options.port = static_cast<std::uint16_t>(*port);
  return true;
}

bool read_schedule(const std::string& text, SandboxOptions& options) {
  options.notify_schedule_ms.clear();
  for (const auto part : feiqian::split(text, ',')) {
    const auto ms = feiqian::parse_int(feiqian::trim(part));
    if (!ms || *ms < 0) return false;
    options.notify_schedule_ms.push_back(*ms);
  }
  return true;
}

int refuse(std::string_view what) {
  std::cerr << "feiqian-sandbox: " << what << "\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  SandboxOptions options;
  std::string listen = "127.0.0.1:9401";
  std::string schedule;
  std::string close_unscanned = "not_exist";
  bool quiet = false;
  CLI::App app("The payment providers' side of the protocols, on loopback, with faults on demand.");
  app.add_option("--listen", listen, "loopback address and port")->capture_default_str();
  app.add_option("--data", options.data_directory, "directory of its database, keys and token")->required();
  app.add_option("--seed", options.seed, "of the chance that faults are drawn by")->capture_default_str();
  app.add_option("--notify-schedule-ms", schedule, "waits between tries of a notification, e.g. 1000,2000");
  app.add_option("--close-unscanned", close_unscanned, "what closing an order does whose code nobody scanned")
      ->check(CLI::IsMember({"not_exist", "revoke"}))
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "log warnings and errors only, after the line that says it listens");
  CLI11_PARSE(app, argc, argv);
  if (!read_listen(listen, options)) return refuse("--listen: expected an address and a port, such as 127.0.0.1:9401");
  if (!schedule.empty() && !read_schedule(schedule, options))
    return refuse("--notify-schedule-ms: expected milliseconds separated by commas");
  if (close_unscanned == "revoke") options.close_unscanned = CloseUnscanned::Revoke;

  // Blocked before any thread begins, so that all inherit it and only sigwait takes them.
  sigset_t endings;
  sigemptyset(&endings);
  sigaddset(&endings, SIGINT);
  sigaddset(&endings, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &endings, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const auto data_directory = options.data_directory;
  auto started = feiqian::sandbox::Sandbox::start(std::move(options));
  if (!started) return refuse(started.error().text());
  const auto& sandbox = started.value();
  feiqian::log::info(
      "sandbox.listening",
      {{"url", sandbox->url()}, {"data", data_directory}, {"token_file", data_directory + "/sandbox.token"}});
  if (quiet) feiqian::log::set_level(feiqian::log::Level::Warn);

  int signal = 0;
  sigwait(&endings, &signal);
  sandbox->stop();
  feiqian::log::info("sandbox.stopped", {{"signal", signal}});
  return 0;
}
