#include "foundation/config.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace feiqian {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables = {}) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

Config parsed(std::string_view toml, Variables variables = {}) {
  return Config::parse(toml, "a.toml", environment(std::move(variables))).value();
}

std::string problems(const Config& config) {
  const auto finished = config.finish();
  return finished ? "" : finished.error().detail();
}

TEST(Config, ReadsEveryType) {
  auto config = parsed(
      "[server]\nlisten = '127.0.0.1:9400'\nthreads = 4\ntls = true\nmode = \"fast\"\n[log]\n  [log.file]\n  path = "
      "'x'\n");
  EXPECT_EQ(config.text("server.listen", ""), "127.0.0.1:9400");
  EXPECT_EQ(config.integer("server.threads", 1, 1, 64), 4);
  EXPECT_TRUE(config.boolean("server.tls", false));
  EXPECT_EQ(config.one_of("server.mode", "slow", {"slow", "fast"}), "fast");
  EXPECT_EQ(config.required_text("log.file.path"), "x");
  EXPECT_TRUE(config.has_section("server"));
  EXPECT_TRUE(config.has_section("log.file"));
  EXPECT_FALSE(config.has_section("serv"));
  EXPECT_EQ(problems(config), "");
}

TEST(Config, GivesTheDefaultOfWhatIsAbsent) {
  auto config = parsed("");
  EXPECT_EQ(config.text("a", "x"), "x");
  EXPECT_EQ(config.integer("b", 5, 1, 9), 5);
  EXPECT_TRUE(config.boolean("c", true));
  EXPECT_EQ(config.one_of("d", "p", {"p", "q"}), "p");
  EXPECT_EQ(problems(config), "");
}

TEST(Config, SaysExactlyWhatIsWrong) {
  struct Case {
    const char* toml;
    std::function<void(Config&)> read;
    const char* problem;
  };
  for (const auto& c : std::vector<Case>{
           {"[a]\nb = 5", [](Config& c) { c.text("a.b", ""); }, "a.toml line 2: a.b must be a text in quotes"},
           {"[a]\nb = 'x'", [](Config& c) { c.integer("a.b", 1, 1, 9); },
            "a.toml line 2: a.b must be an integer from 1 to 9"},
           {"[a]\n\nb = 10", [](Config& c) { c.integer("a.b", 1, 1, 9); },
            "a.toml line 3: a.b must be an integer from 1 to 9"},
           {"[a]\nb = 0", [](Config& c) { c.integer("a.b", 1, 1, 9); },
            "a.toml line 2: a.b must be an integer from 1 to 9"},
           {"[a]\nb = 1.5", [](Config& c) { c.integer("a.b", 1, 1, 9); },
            "a.toml line 2: a.b must be an integer from 1 to 9"},
           {"[a]\nb = 'true'", [](Config& c) { c.boolean("a.b", false); }, "a.toml line 2: a.b must be true or false"},
           {"[a]\nb = 1", [](Config& c) { c.boolean("a.b", false); }, "a.toml line 2: a.b must be true or false"},
           {"[a]\nb = 'z'",
            [](Config& c) {
              c.one_of("a.b", "p", {"p", "q"});
            },
            "a.toml line 2: a.b must be one of p, q"},
           {"", [](Config& c) { c.required_text("a.b"); }, "a.toml: a.b is missing"},
           {"[a]\nb = ''", [](Config& c) { c.required_text("a.b"); }, "a.toml: a.b is missing"},
           {"[a]\nb = 5", [](Config& c) { c.required_text("a.b"); }, "a.toml line 2: a.b must be a text in quotes"},
           {"[server]\nlistn = 'x'", [](Config& c) { c.text("server.listen", ""); },
            "a.toml line 2: server.listn is not a setting; did you mean server.listen?"},
           {"[server]\nwhatever = 'x'", [](Config& c) { c.text("server.listen", ""); },
            "a.toml line 2: server.whatever is not a setting"},
           {"[a]\nb = 'x'",
            [](Config& c) {
              c.text("a.b", "");
              c.refuse("a.b", "is not a file");
            },
            "a.toml line 2: a.b is not a file"},
           {"", [](Config& c) { c.refuse("a.b", "is not a file"); }, "a.toml: a.b is not a file"},
       }) {
    auto config = parsed(c.toml);
    c.read(config);
    EXPECT_EQ(problems(config), c.problem) << c.toml;
  }
}

TEST(Config, ReportsAllProblemsTogether) {
  auto config = parsed("[a]\nb = 5\nc = 5\nd = 5\n");
  config.text("a.b", "");
  config.boolean("a.c", false);
  EXPECT_EQ(problems(config),
            "a.toml line 2: a.b must be a text in quotes\na.toml line 3: a.c must be true or false\na.toml line 4: a.d "
            "is not a setting; did you mean a.b?");
}

TEST(Config, TheEnvironmentOverridesTheFile) {
  auto config =
      parsed("[server]\nlisten = 'file'\nthreads = 4\ntls = false\n", {{"FEIQIAN_SERVER__LISTEN", "environment"},
                                                                       {"FEIQIAN_SERVER__THREADS", "8"},
                                                                       {"FEIQIAN_SERVER__TLS", "true"},
                                                                       {"FEIQIAN_SERVER__PORT_NAME", "1234"}});
  EXPECT_EQ(config.text("server.listen", ""), "environment");
  EXPECT_EQ(config.integer("server.threads", 1, 1, 64), 8);
  EXPECT_TRUE(config.boolean("server.tls", false));
  EXPECT_EQ(config.text("server.port_name", ""), "1234") << "a text that looks like a number is a text all the same";
  EXPECT_EQ(problems(config), "");
}

TEST(Config, AWrongVariableIsNamed) {
  auto config =
      parsed("[server]\nthreads = 4\n", {{"FEIQIAN_SERVER__THREADS", "many"}, {"FEIQIAN_SERVER__TLS", "yes"}});
  EXPECT_EQ(config.integer("server.threads", 1, 1, 64), 1);
  config.boolean("server.tls", false);
  EXPECT_EQ(problems(config),
            "environment variable FEIQIAN_SERVER__THREADS: server.threads must be an integer from 1 to 64\n"
            "environment variable FEIQIAN_SERVER__TLS: server.tls must be true or false");
}

TEST(Config, BrokenTomlNamesItsLine) {
  const auto broken = Config::parse("[a]\nb = \n", "a.toml", environment());
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code(), "config.invalid");
  EXPECT_EQ(broken.error().detail().find("a.toml line 2"), 0U) << broken.error().detail();
  EXPECT_FALSE(Config::parse("[a]\nb = 1\nb = 2\n", "a.toml", environment()).ok());
}

TEST(Config, WhatTheLibraryAssertsIsRefusedToo) {
  const auto broken = Config::parse("[[[1]]]]\n", "a.toml", environment());
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().text(), "config.invalid: a.toml: this is not TOML");
}

TEST(Config, ANameInQuotesIsTheSameName) {
  auto config = parsed("\"server.port\" = 1\n[server]\nport = 2\n");
  config.integer("server.port", 0, 0, 9);
  EXPECT_EQ(problems(config), "a.toml line 1: server.port is given twice");
}

TEST(Config, AFileThatIsNotThere) {
  const auto missing = Config::load("/nonexistent/feiqian.toml", environment());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().detail(), "the configuration file cannot be read: /nonexistent/feiqian.toml");
}

}  // namespace
}  // namespace feiqian
